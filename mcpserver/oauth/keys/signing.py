"""The signatures of this server: ES256 and RS256 (RFC 7518 section 3), EdDSA over Ed25519 (RFC 8037 section 3.1)."""

from collections.abc import Callable

from attrs import field, frozen
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from mcpbase.jws import own_registry

ES256 = "ES256"
EDDSA = "EdDSA"
RS256 = "RS256"
SIGNING_ALGORITHMS = (ES256, EDDSA, RS256)
"""The name EdDSA and not Ed25519 (RFC 9864), which some libraries that verify (PyJWT among them) do not know yet;
all know EdDSA.
"""

RSA_BITS = 2048
"""RFC 7518 section 3.3: the least; its keys live for months."""

PrivateKey = ECKey | OKPKey | RSAKey


class BadSignature(Exception):
    """Not signed by the key, or not with the key's algorithm."""


_REGISTRIES = {algorithm: own_registry(algorithm) for algorithm in SIGNING_ALGORITHMS}


@frozen
class Signer:
    """A key with its id and the one algorithm that it is used with (RFC 8725 section 3.1)."""

    kid: str
    algorithm: str
    key: PrivateKey = field(repr=False)

    def sign(self, claims: dict[str, object], *, type_: str) -> str:
        """A JWT; ``type_`` is its ``typ`` (RFC 8725 section 3.11)."""
        return jwt.encode(
            {"alg": self.algorithm, "typ": type_, "kid": self.kid},
            claims,
            self.key,
            registry=_REGISTRIES[self.algorithm],
        )

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


def generate_key(algorithm: str, rsa_key: Callable[[int], RSAKey]) -> PrivateKey:
    """A private key for one of ``SIGNING_ALGORITHMS``.

    An RSA key takes a good part of a second: not on the event loop.
    """
    if algorithm == RS256:
        return rsa_key(RSA_BITS)
    return (
        ECKey.generate_key("P-256", private=True)
        if algorithm == ES256
        else OKPKey.generate_key("Ed25519", private=True)
    )
