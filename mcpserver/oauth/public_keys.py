"""Public keys of others as they hand them out (RFC 7517): in the header of a proof, in a client's registration, in an issuer's key set."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import cast

from attrs import frozen
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey = ECKey | OKPKey | RSAKey

MOST_KEYS = 100
"""Keys that are read of one set; the largest known providers have about ten."""
SHORTEST_RSA = 2048
"""Bits (RFC 7518 section 3.3)."""

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x"), "RSA": ("kty", "n", "e")}
_KINDS = {
    "ES256": ("EC", "P-256"),
    "Ed25519": ("OKP", "Ed25519"),
    "PS256": ("RSA", None),
    "RS256": ("RSA", None),
}
ALGORITHMS = tuple(_KINDS)
"""With which others may sign what we read; the key decides, not the header (RFC 8725 section 3.1)."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class InvalidKey(ValueError):
    """Not a public key for what it is to verify; the message is a sentence that begins with what was read."""


@frozen
class KnownKey:
    """A key of a set, with what its set says about it: ``kid`` and ``algorithm`` are None when that says nothing."""

    key: PublicKey
    kid: str | None
    algorithm: str | None

    def suits(self, algorithm: str, kid: str | None) -> bool:
        """Whether it may have signed what has that header."""
        return (kid is None or self.kid is None or self.kid == kid) and (self.algorithm in (None, algorithm)) and _fits(self.key, algorithm)


def read_key(jwk: object, *, algorithm: str) -> PublicKey:
    """The public key for an algorithm. What else it says of itself (``ext`` and ``key_ops`` where a browser made it) is left alone.

    Raises InvalidKey.
    """
    members = require_public(jwk)
    if (members.get("kty"), members.get("crv")) != _KINDS[algorithm]:
        raise InvalidKey(f"is not a key for {algorithm}")
    return _import(members)


def read_keys(document: object) -> tuple[KnownKey, ...]:
    """The keys of a set that can be used here; others are passed over (RFC 7517 section 5). Raises InvalidKey when it is no set."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise InvalidKey("is not a JWK set")
    return tuple(known for each in keys[:MOST_KEYS] if (known := _read(each)) is not None)


def _read(jwk: object) -> KnownKey | None:
    try:
        members = require_public(jwk)
        if members.get("use") not in (None, "sig") or members.get("kty") not in _MEMBERS:
            return None
        key = _import(members)
    except InvalidKey:
        return None
    kid, algorithm = members.get("kid"), members.get("alg")
    return KnownKey(key, kid if isinstance(kid, str) else None, algorithm if isinstance(algorithm, str) else None)


def require_public(jwk: object) -> Mapping[str, object]:
    """The members of a JWK that holds nothing secret. Raises InvalidKey."""
    if not isinstance(jwk, dict):
        raise InvalidKey("must be a public key")
    members = cast(dict[str, object], jwk)
    if _PRIVATE & set(members):
        raise InvalidKey("holds a private key: make a new one, this one is known to others now")
    return members


def _import(members: Mapping[str, object]) -> PublicKey:
    kind = str(members.get("kty"))
    parts: dict[str, str | list[str]] = {name: value for name in _MEMBERS[kind] if isinstance(value := members.get(name), str)}
    try:
        if kind == "RSA":
            _require_length(parts)
            return RSAKey.import_key(parts)
        return ECKey.import_key(parts) if kind == "EC" else OKPKey.import_key(parts)
    except (JoseError, ValueError, KeyError) as error:
        raise InvalidKey("is malformed") from error


def _require_length(parts: Mapping[str, str | list[str]]) -> None:
    modulus = parts.get("n")
    if not isinstance(modulus, str) or not _BASE64URL.fullmatch(modulus):
        raise InvalidKey("is malformed")
    number = int.from_bytes(urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)))
    if not SHORTEST_RSA <= number.bit_length() <= 8 * SHORTEST_RSA:
        raise InvalidKey(f"is an RSA key of fewer than {SHORTEST_RSA} bits, or of far too many")


def _fits(key: PublicKey, algorithm: str) -> bool:
    kind, curve = _KINDS[algorithm]
    return key.key_type == kind and (isinstance(key, RSAKey) or key.curve_name == curve)
