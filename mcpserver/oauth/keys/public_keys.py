"""Public keys of others (RFC 7517): in the header of a proof, in a client's registration, in an issuer's key set."""

import re
from collections.abc import Mapping
from typing import cast

from attrs import frozen
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from mcpbase import base64url

PublicKey = ECKey | OKPKey | RSAKey

MOST_KEYS = 100
"""Keys that are read of one set; the largest known providers have about ten."""
SHORTEST_RSA, LONGEST_RSA = 2048, 4096
"""Bits of a modulus (RFC 7518 section 3.3 has the minimum). Longer ones cost the verifier more than they give the
signer.
"""
LARGEST_EXPONENT = 2**32
"""The exponent of an RSA key; nearly all have 65537. The work of verifying grows with it."""
MAX_NAME = 256
"""Characters of what a key says of itself: ``kid``, ``use`` and ``alg``."""

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x"), "RSA": ("kty", "n", "e")}
_NAMES = ("kid", "use", "alg")
_COORDINATE = 43
"""Characters of 32 bytes, which a coordinate of P-256 and a key of Ed25519 have (RFC 7518 section 6.2.1.2, RFC 8037
section 2).
"""
_KINDS = {
    "ES256": ("EC", "P-256"),
    "Ed25519": ("OKP", "Ed25519"),
    "EdDSA": ("OKP", "Ed25519"),
    "PS256": ("RSA", None),
    "RS256": ("RSA", None),
}
CLIENT_KEY_ALGORITHMS = tuple(_KINDS)
"""With which others may sign what we read; the key decides, not the header (RFC 8725 section 3.1)."""
_SAME = {"EdDSA": "Ed25519"}
"""RFC 8037 section 3.1 and RFC 9864: two names of one algorithm, as EdDSA goes with keys of Ed25519 only here."""

_CURVES = frozenset(curve for _, curve in _KINDS.values() if curve is not None)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class InvalidKey(ValueError):
    """Not a public key for the algorithm; the message is a sentence that begins with what was read."""


@frozen
class KnownKey:
    """A key of a set; ``kid`` and ``algorithm`` are None when the set does not say."""

    key: PublicKey
    kid: str | None
    algorithm: str | None

    def suits(self, algorithm: str, kid: str | None) -> bool:
        """Return whether the key may have made a signature with that header."""
        return (
            (kid is None or self.kid is None or self.kid == kid)
            and (self.algorithm is None or is_same(self.algorithm, algorithm))
            and _fits(self.key, algorithm)
        )


def is_same(algorithm: str, other: str) -> bool:
    """Return whether two names mean one algorithm."""
    return _SAME.get(algorithm, algorithm) == _SAME.get(other, other)


def read_key(jwk: object, *, algorithm: str) -> PublicKey:
    """Return the public key for an algorithm. Other members (``ext`` and ``key_ops``, as browsers write) are ignored.

    Raises InvalidKey.
    """
    members = require_public(jwk)
    if (members.get("kty"), members.get("crv")) != _KINDS[algorithm]:
        raise InvalidKey(f"is not a key for {algorithm}")
    return _import(members)


def read_keys(document: object) -> tuple[KnownKey, ...]:
    """Return the usable keys of a set; others are ignored (RFC 7517 section 5). Raises InvalidKey when it is no set."""
    return tuple(known for each in _require_set(document)[:MOST_KEYS] if (known := _read(each)) is not None)


def read_suiting_keys(document: object, *, algorithm: str, kid: str | None) -> tuple[KnownKey, ...]:
    """Return the keys that may have made a signature with that header. Raises InvalidKey when it is no set."""
    found = (_read(each) for each in _require_set(document)[:MOST_KEYS] if _may_suit(each, algorithm, kid))
    return tuple(known for known in found if known is not None and known.suits(algorithm, kid))


def usable_keys(document: object) -> list[dict[str, str]]:
    """Return the usable keys with the members that are used, and nothing else of the set. Raises InvalidKey when it is
    no set.
    """
    return [
        _kept(each)
        for each in _require_set(document)[:MOST_KEYS]
        if (known := _read(each)) is not None and _is_of_use(known)
    ]


def _require_set(document: object) -> list[object]:
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise InvalidKey("is not a JWK set")
    return keys


def _may_suit(jwk: object, algorithm: str, kid: str | None) -> bool:
    return (
        isinstance(jwk, dict)
        and jwk.get("kty") == _KINDS[algorithm][0]
        and (kid is None or jwk.get("kid") in (None, kid))
    )


def _kept(jwk: object) -> dict[str, str]:
    members = cast(dict[str, object], jwk)
    return {
        name: value for name in (*_MEMBERS[str(members["kty"])], *_NAMES) if isinstance(value := members.get(name), str)
    }


def _read(jwk: object) -> KnownKey | None:
    try:
        members = require_public(jwk)
        if members.get("use") not in (None, "sig") or members.get("kty") not in _MEMBERS:
            return None
        kid, algorithm = _name(members, "kid"), _name(members, "alg")
        return KnownKey(_import(members), kid, algorithm)
    except InvalidKey:
        return None


def _name(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    if isinstance(value, str) and len(value) > MAX_NAME:
        raise InvalidKey(f"has a {name} of more than {MAX_NAME} characters")
    return value if isinstance(value, str) else None


def require_public(jwk: object) -> Mapping[str, object]:
    """Return the members of a JWK without private ones. Raises InvalidKey."""
    if not isinstance(jwk, dict):
        raise InvalidKey("must be a public key")
    members = cast(dict[str, object], jwk)
    if _PRIVATE & set(members):
        raise InvalidKey("holds a private key: make a new one, this one is known to others now")
    return members


def _import(members: Mapping[str, object]) -> PublicKey:
    """Import a key after its sizes were checked: no arithmetic is done with oversized numbers."""
    kind = str(members.get("kty"))
    parts: dict[str, str | list[str]] = {
        name: value for name in _MEMBERS[kind] if isinstance(value := members.get(name), str)
    }
    if kind == "RSA":
        _require_usual_rsa(parts)
    else:
        _require_known_curve(parts)
    try:
        if kind == "RSA":
            return RSAKey.import_key(parts)
        return ECKey.import_key(parts) if kind == "EC" else OKPKey.import_key(parts)
    except (JoseError, ValueError, KeyError) as error:
        raise InvalidKey("is malformed") from error


def _require_usual_rsa(parts: Mapping[str, object]) -> None:
    modulus, exponent = (
        _number(parts.get("n"), most=LONGEST_RSA // 8),
        _number(parts.get("e"), most=LARGEST_EXPONENT.bit_length() // 8),
    )
    if not SHORTEST_RSA <= modulus.bit_length() <= LONGEST_RSA or not modulus % 2:
        raise InvalidKey(f"is an RSA key of fewer than {SHORTEST_RSA} bits, or of more than {LONGEST_RSA}")
    if not 3 <= exponent < LARGEST_EXPONENT or not exponent % 2:
        raise InvalidKey("is an RSA key with an exponent that nobody uses: make one with 65537")


def _number(value: object, *, most: int) -> int:
    """Return a Base64urlUInt of at most so many bytes (RFC 7518 section 2); a leading zero byte is accepted. Raises
    InvalidKey.
    """
    if (
        not isinstance(value, str)
        or len(value) > (most + 1) * 4 // 3 + 1
        or not _BASE64URL.fullmatch(value)
        or len(value) % 4 == 1
    ):
        raise InvalidKey("is an RSA key whose numbers are malformed, or larger than any that is used")
    try:
        return int.from_bytes(base64url.decode(value))
    except ValueError:
        raise InvalidKey("is an RSA key whose numbers are malformed, or larger than any that is used") from None


def _require_known_curve(parts: Mapping[str, object]) -> None:
    """Check the curve and the length of the coordinates. Raises InvalidKey."""
    if parts.get("crv") not in _CURVES:
        raise InvalidKey(f"is not on one of the curves {', '.join(sorted(_CURVES))}")
    if any(isinstance(value := parts.get(name), str) and len(value) != _COORDINATE for name in ("x", "y")):
        raise InvalidKey("is malformed")


def _is_of_use(known: KnownKey) -> bool:
    """Return whether signatures of the key are accepted with any algorithm; with its own, where it names one."""
    return known.algorithm is None or (known.algorithm in _KINDS and _fits(known.key, known.algorithm))


def _fits(key: PublicKey, algorithm: str) -> bool:
    kind, curve = _KINDS[algorithm]
    return key.key_type == kind and (isinstance(key, RSAKey) or key.curve_name == curve)
