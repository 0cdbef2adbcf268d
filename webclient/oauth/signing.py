"""This client's keys, and signatures made with them (RFC 7515, RFC 7518)."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from mcpbase import base64url

from ..json_text import JsonObject
from .protocol import Key

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the group P-256 (FIPS 186-5)."""
SEED = 48
"""Number of random bytes for a key without bias (FIPS 186-5 appendix A.2.1)."""
CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


class UnusableKey(ValueError):
    """The key cannot be used to sign; the message is one sentence."""


def _number(value: int) -> str:
    return base64url.encode(value.to_bytes(32, "big"))


def new_key(seed: bytes) -> Key:
    """A private P-256 key as JWK (RFC 7518 section 6.2), derived from SEED random bytes."""
    secret = int.from_bytes(seed, "big") % (ORDER - 1) + 1
    point = ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _number(point.x), "y": _number(point.y), "d": _number(secret)}


def public(key: Key) -> Key:
    """The public key, with only the members that define it."""
    names = {"EC": ("crv", "x", "y"), "RSA": ("e", "n"), "OKP": ("crv", "x")}[key["kty"]]
    return {"kty": key["kty"], **{name: key[name] for name in names}}


def thumbprint(key: Key) -> str:
    """The key's thumbprint (RFC 7638) with SHA-256."""
    return jwk.import_key(public(key)).thumbprint()


def algorithm(key: Key) -> str:
    """The algorithm that the key names (RFC 7517 section 4.4), else the usual one for its type."""
    usual = {"EC": CURVES.get(str(key.get("crv")), "ES256"), "RSA": "RS256", "OKP": "EdDSA"}[key["kty"]]
    return str(key.get("alg") or usual)


def read_key(text: str, alg: str = "") -> Key:
    """Parse a private key in PEM, or as JWK in JSON. Raises UnusableKey."""
    try:
        values: Key = _import(text).as_dict(private=True) if "-----BEGIN" in text else _from_jwk(json.loads(text))
    except (ValueError, TypeError, KeyError, JoseError):
        raise UnusableKey(
            "This is not a private key for signing. It must be PEM or a JWK, of type EC, RSA or Ed25519."
        ) from None
    if "d" not in values:
        raise UnusableKey("This is not a private key for signing. It must be PEM or a JWK, of type EC, RSA or Ed25519.")
    return {**values, "alg": alg} if alg else values


def _from_jwk(values: object) -> Key:
    if not isinstance(values, dict) or values.get("kty") not in ("EC", "RSA", "OKP"):
        raise ValueError
    return dict(jwk.import_key(values).as_dict(private=True))


def _import(pem: str) -> Any:
    for kind in ("EC", "RSA", "OKP"):
        try:
            return jwk.import_key(pem, kind)
        except (ValueError, TypeError, JoseError):
            continue
    raise ValueError


def sign(key: Key, header: JsonObject, claims: JsonObject) -> str:
    """A compact JWS over the claims (RFC 7519 section 7.1)."""
    alg = algorithm(key)
    private = jwk.import_key({name: value for name, value in key.items() if name != "alg"})
    return jwt.encode({"alg": alg, **header}, dict(claims), private, algorithms=[alg])
