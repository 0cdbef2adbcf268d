"""With what this server signs: ES256 and RS256 (RFC 7518 section 3), EdDSA over Ed25519 (RFC 8037 section 3.1)."""

from base64 import urlsafe_b64encode
from copy import copy
from functools import lru_cache

import msgspec
from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

ES256 = "ES256"
EDDSA = "EdDSA"
RS256 = "RS256"
ALGORITHMS = (ES256, EDDSA, RS256)
"""The name EdDSA and not Ed25519 (RFC 9864), which some libraries that verify (PyJWT among them) do not know yet; all know EdDSA."""

RSA_BITS = 2048
"""RFC 7518 section 3.3: the least; its keys live for months."""

_ECDSA = ECDSA(SHA256())

PrivateKey = ECKey | OKPKey | RSAKey


class BadSignature(Exception):
    """Not signed by the key, or not with the key's algorithm."""


def _registry(algorithm: str) -> JWSRegistry:
    """For one algorithm only. joserfc warns at each use of the name EdDSA, which is a decision here and no oversight."""
    registry = JWSRegistry(algorithms=[algorithm])
    chosen = copy(registry.algorithms[algorithm])
    chosen.security_warning = None
    registry.algorithms = {algorithm: chosen}
    return registry


_REGISTRIES = {algorithm: _registry(algorithm) for algorithm in ALGORITHMS}


@frozen
class Signer:
    """A key with its id and the one algorithm that it is used with (RFC 8725 section 3.1)."""

    kid: str
    algorithm: str
    key: PrivateKey = field(repr=False)

    def sign(self, claims: dict[str, object], *, type_: str) -> str:
        """A JWT; ``type_`` is its ``typ`` (RFC 8725 section 3.11). The compact serialization of RFC 7515 section 3.1, whose header is the same each time."""
        signed = _header(self.algorithm, type_, self.kid) + b"." + _base64url(msgspec.json.encode(claims))
        return (signed + b"." + _base64url(self._signature(signed))).decode("ascii")

    def _signature(self, message: bytes) -> bytes:
        if isinstance(self.key, ECKey):
            return _sign_es256(self.key, message)
        return _REGISTRIES[self.algorithm].algorithms[self.algorithm].sign(message, self.key)

    def read(self, token: str) -> dict[str, object]:
        """The claims of what this key signed. Raises BadSignature."""
        try:
            return jwt.decode(token, self.key, registry=_REGISTRIES[self.algorithm]).claims
        except (JoseError, ValueError, RecursionError) as error:
            raise BadSignature from error

    @property
    def public_jwk(self) -> dict[str, object]:
        """RFC 7517 section 4: public members only."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": self.algorithm}


def _sign_es256(key: ECKey, message: bytes) -> bytes:
    """RFC 7518 section 3.4. As joserfc does, in three quarters of its time: nearly all that is signed here is signed so."""
    r, s = decode_dss_signature(key.get_op_key("sign").sign(message, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@lru_cache(maxsize=64)
def _header(algorithm: str, type_: str, kid: str) -> bytes:
    return _base64url(msgspec.json.encode({"alg": algorithm, "typ": type_, "kid": kid}))


def _base64url(value: bytes) -> bytes:
    """RFC 7515 section 2: without padding."""
    return urlsafe_b64encode(value).rstrip(b"=")


def generate_key(algorithm: str) -> PrivateKey:
    """A private key for one of ``ALGORITHMS``. An RSA key takes a good part of a second: not on the event loop."""
    if algorithm == RS256:
        return RSAKey.generate_key(RSA_BITS, private=True)
    return ECKey.generate_key("P-256", private=True) if algorithm == ES256 else OKPKey.generate_key("Ed25519", private=True)
