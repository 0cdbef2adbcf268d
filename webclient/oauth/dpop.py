"""DPoP proofs: they show that this client holds the key that its token is bound to (RFC 9449)."""

import hashlib
from urllib.parse import urlsplit, urlunsplit

from mcpbase import base64url

from ..errors import Challenge
from ..json_text import JsonObject
from ..sources import Sources
from .protocol import Key
from .signing import algorithm, public, sign

ALGORITHM = "ES256"
"""The signature algorithm of keys generated here."""


def token_digest(token: str) -> str:
    """The access token's digest (RFC 9449 section 4.2, ``ath``)."""
    return base64url.encode(hashlib.sha256(token.encode()).digest())


def target(url: str) -> str:
    """The address without query and fragment (RFC 9449 section 4.2, ``htu``)."""
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))


def proof(
    key: Key,
    sources: Sources,
    method: str,
    url: str,
    *,
    nonce: str | None = None,
    token: str | None = None,
) -> str:
    """A proof for a single request; it contains the digest of ``token`` when one is given."""
    claims: JsonObject = {
        "jti": sources.token(),
        "htm": method,
        "htu": target(url),
        "iat": int(sources.machine_now()),
    }
    if nonce:
        claims["nonce"] = nonce
    if token is not None:
        claims["ath"] = token_digest(token)
    return sign(key, {"typ": "dpop+jwt", "alg": algorithm(key), "jwk": public(key)}, claims)


def demanded(challenge: Challenge | None) -> bool:
    """Whether the server requires DPoP-bound tokens: ``challenge`` has the scheme DPoP (RFC 9449 section 7.1)."""
    return challenge is not None and challenge.scheme == "dpop"
