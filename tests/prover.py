"""A client's key, and the proofs it makes (RFC 9449 section 4.2), right or wrong in any part."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from itertools import count
from typing import Any

from attrs import Factory, define
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from .signer import any_header

_numbers = count()


def ath(token: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


@define
class Prover:
    """``now`` is what the client takes for the time, in epoch seconds."""

    now: int = 1_790_000_000
    key: ECKey | OKPKey = Factory(lambda: ECKey.generate_key("P-256"))
    algorithm: str = "ES256"

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def proof(
        self, method: str, url: str, *, token: str | None = None, header: Mapping[str, Any] = {}, **changes: Any
    ) -> str:
        """A proof that holds, with changes: None leaves a claim out."""
        bound = {} if token is None else {"ath": ath(token)}
        claims = {"jti": f"proof-{next(_numbers)}", "htm": method, "htu": url, "iat": self.now, **bound, **changes}
        beginning = {"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.key.as_dict(private=False), **header}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            {name: value for name, value in beginning.items() if value is not None},
            kept,
            self.key,
            registry=any_header(self.algorithm),
        )
