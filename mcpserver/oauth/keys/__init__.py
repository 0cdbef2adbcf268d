"""Signatures: our own keys, the keys of others, and the JWTs that they sign.

``key_ring`` and ``signing`` make and rotate our keys; ``http_cache``, ``jwks`` and ``issuers`` fetch those of
others; ``public_keys`` and ``verification`` check a signature; ``assertion`` (RFC 7523) and ``dpop`` (RFC 9449)
read the JWTs that clients send.

It may import ``oauth.limits``, ``oauth.protocol`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .assertion import (
    LONGEST,
    Assertion,
    InvalidAssertion,
    UnknownKey,
    read_assertion,
    require_audience,
    require_fresh,
    require_instant,
    require_text,
)
from .dpop import PROOF_ALGORITHMS, Presented, Proofs, is_thumbprint
from .http_cache import MOST_PARTS, HttpCache, Unavailable
from .id_token_algorithms import ID_TOKEN_ALGORITHM, ID_TOKEN_ALGORITHMS
from .issuers import Issuers, Unnamed
from .jwks import RemoteKeys
from .key_ring import KeyRing, KeyRules, is_sealed_with
from .public_keys import (
    CLIENT_KEY_ALGORITHMS,
    InvalidKey,
    KnownKey,
    is_same,
    read_keys,
    read_suiting_keys,
    require_public,
    usable_keys,
)
from .signing import EDDSA, RS256, SIGNING_ALGORITHMS, BadSignature

__all__ = [
    "CLIENT_KEY_ALGORITHMS",
    "EDDSA",
    "ID_TOKEN_ALGORITHM",
    "ID_TOKEN_ALGORITHMS",
    "LONGEST",
    "MOST_PARTS",
    "PROOF_ALGORITHMS",
    "RS256",
    "SIGNING_ALGORITHMS",
    "Assertion",
    "BadSignature",
    "HttpCache",
    "InvalidAssertion",
    "InvalidKey",
    "Issuers",
    "KeyRing",
    "KeyRules",
    "KnownKey",
    "Presented",
    "Proofs",
    "RemoteKeys",
    "Unavailable",
    "UnknownKey",
    "Unnamed",
    "is_same",
    "is_sealed_with",
    "is_thumbprint",
    "read_assertion",
    "read_keys",
    "read_suiting_keys",
    "require_audience",
    "require_fresh",
    "require_instant",
    "require_public",
    "require_text",
    "usable_keys",
]
