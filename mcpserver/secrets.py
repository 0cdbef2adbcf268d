"""Codes, tokens and client secrets: 256 random bits each, of which the store has digests only."""

import hashlib
from enum import StrEnum

from mcpbase import base64url

from .sources import Sources


class SecretKind(StrEnum):
    """What a secret is for; part of the secret and of its digest, so that one kind never passes for another."""

    CODE = "code"
    REFRESH_TOKEN = "refresh"
    CLIENT_SECRET = "secret"
    INITIAL_ACCESS_TOKEN = "invitation"  # the prefix of tokens that are in use
    MANAGEMENT = "management"
    SESSION = "session"
    REQUEST = "request"
    DEVICE_CODE = "device"


def mint(kind: SecretKind, sources: Sources) -> str:
    """Return a new secret of 256 random bits, such as ``refresh_...``: URL-safe, and easy to find when it leaks."""
    return f"{kind}_{random_text(sources, 32)}"


def digest(kind: SecretKind, value: str) -> bytes:
    """Return the SHA-256 of kind and value. A plain hash suffices: random secrets cannot be guessed."""
    return hashlib.sha256(f"{kind}\0{value}".encode("utf-8", "surrogatepass")).digest()


def random_text(sources: Sources, size: int) -> str:
    """Return ``size`` random bytes as URL-safe base64 without padding."""
    return base64url.encode(sources.token_bytes(size))
