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
    INITIAL_ACCESS_TOKEN = "invitation"  # the former prefix, which is part of the stored digests
    MANAGEMENT = "management"
    SESSION = "session"
    REQUEST = "request"
    DEVICE_CODE = "device"

    @property
    def prefix(self) -> str:
        """The beginning of a new secret of this kind, before the underscore."""
        return "initial_access" if self is SecretKind.INITIAL_ACCESS_TOKEN else self.value


def mint(kind: SecretKind, sources: Sources) -> str:
    """Return a new secret of 256 random bits, such as ``refresh_...``: URL-safe, and easy to find when it leaks."""
    return f"{kind.prefix}_{random_text(sources, 32)}"


def digest(kind: SecretKind, value: str) -> bytes:
    """Return the SHA-256 of kind and value. A plain hash suffices: random secrets cannot be guessed."""
    return hashlib.sha256(f"{kind}\0{value}".encode("utf-8", "surrogatepass")).digest()


def random_text(sources: Sources, size: int) -> str:
    """Return ``size`` random bytes as URL-safe base64 without padding."""
    return base64url.encode(sources.token_bytes(size))
