"""Verification of the signature of an ID token (RFC 7515). Only algorithm and key id are read from its header."""

import json
from collections.abc import Sequence

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from mcpbase import base64url
from mcpbase.jws import foreign_registry

from ..json_text import JsonObject
from ..oauth.protocol import Key

LONGEST_TOKEN = 16 * 1024
"""Most characters of an ID token; that of a person in many groups has a quarter of that."""
LONGEST_HEADER = 8 * 1024
"""Most characters of its header; one with a certificate chain (x5c) has 3,000 to 7,000."""
MOST_CANDIDATES = 4
"""Most keys that are tried when the header does not identify one."""

_KINDS = {
    "ES256": ("EC", "P-256"),
    "RS256": ("RSA", None),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
    "PS256": ("RSA", None),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
}
_SAME = {"Ed25519": "EdDSA"}
"""Two names of one algorithm, as all keys here are on Ed25519 (RFC 8037 section 3.1 and RFC 9864)."""


class BadSignature(ValueError):
    """No key verifies the signature, or the header requires something that is not supported."""


_REGISTRIES = {algorithm: foreign_registry(algorithm, longest_header=LONGEST_HEADER) for algorithm in _KINDS}


def signed_claims(token: str, keys: Sequence[Key]) -> tuple[JsonObject, str]:
    """Verify an ID token, and return its claims and the algorithm of its signature.

    ``keys`` are public keys of usual sizes. Raises BadSignature.
    """
    algorithm, kid = _read_header(token)
    candidates = [key for key in keys if _suits(key, algorithm, kid)]
    for key in candidates[:MOST_CANDIDATES]:
        try:
            return dict(
                jwt.decode(token, jwk.import_key(_bare(key)), registry=_REGISTRIES[algorithm]).claims
            ), algorithm
        except (JoseError, ValueError, KeyError, TypeError, RecursionError):
            continue
    raise BadSignature


def _read_header(token: str) -> tuple[str, str | None]:
    """The algorithm and the key id of the header.

    Raises BadSignature for an unknown algorithm, and for critical parameters, none of which is understood (RFC 7515
    section 4.1.11).
    """
    encoded = token.partition(".")[0]
    if len(token) > LONGEST_TOKEN or len(encoded) > LONGEST_HEADER:
        raise BadSignature
    try:
        header = json.loads(base64url.decode(encoded))
    except (ValueError, RecursionError):
        raise BadSignature from None
    if not isinstance(header, dict) or "crit" in header or "b64" in header or header.get("alg") not in list(_KINDS):
        raise BadSignature
    kid = header.get("kid")
    return header["alg"], kid if isinstance(kid, str) else None


def _suits(key: Key, algorithm: str, kid: str | None) -> bool:
    """Whether a key fits the algorithm and key id; the key restricts the algorithm, not the header (RFC 8725 section
    3.1).
    """
    kind, curve = _KINDS[algorithm]
    named = key.get("alg")
    is_named = named is None or _SAME.get(named, named) == _SAME.get(algorithm, algorithm)
    is_meant = kid is None or key.get("kid") in (None, kid)
    return (
        is_meant
        and is_named
        and key["kty"] == kind
        and key.get("crv") in (None, curve)
        and key.get("use") in (None, "sig")
    )


def _bare(key: Key) -> Key:
    return {name: value for name, value in key.items() if name not in ("alg", "use", "kid")}
