"""The usable public keys of an OpenID provider (RFC 7517). The size of a key is checked before it is used in a
computation.
"""

from mcpbase import base64url

from ..oauth.protocol import Key

MOST = 100
"""Most keys read from a set; the largest known providers have about ten."""
_MODULUS = range(2048, 8192 + 1)
_COORDINATES = {"P-256": 43, "P-384": 64, "P-521": 88, "Ed25519": 43}
_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x"), "RSA": ("kty", "n", "e")}


def usual_keys(keys: object) -> list[Key]:
    """The keys of a set's ``keys`` that can verify a signature, reduced to the public members that are used."""
    if not isinstance(keys, list):
        return []
    found = [key for key in keys[:MOST] if isinstance(key, dict) and _is_usual(key)]
    return [
        {name: key[name] for name in (*_MEMBERS[key["kty"]], "kid", "use", "alg") if isinstance(key.get(name), str)}
        for key in found
    ]


def _is_usual(key: Key) -> bool:
    kind = key.get("kty")
    if kind == "RSA":
        modulus, exponent = _number(key.get("n"), 1024), _number(key.get("e"), 4)
        return modulus.bit_length() in _MODULUS and exponent % 2 == 1 and exponent > 1
    curve = key.get("crv")
    if kind not in ("EC", "OKP") or not isinstance(curve, str):
        return False
    return all(
        isinstance(key.get(name), str) and len(key[name]) == _COORDINATES.get(curve) for name in _MEMBERS[kind][2:]
    )


def _number(value: object, most: int) -> int:
    """A Base64urlUInt (RFC 7518 section 2) of at most ``most`` bytes; 0 for anything else."""
    if not isinstance(value, str) or len(value) > (most * 4 + 2) // 3:
        return 0
    try:
        return int.from_bytes(base64url.decode(value))
    except ValueError:
        return 0
