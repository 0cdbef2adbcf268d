"""The tokens that an authorization server issued."""

from typing import Self

from attrs import field, frozen

from ...json_text import JsonObject
from .credentials import Credentials, Key


@frozen
class Tokens:
    """Tokens of RFC 6749 section 5.1, bound to the issuer that gave them and the resource they are for.

    ``expires_at`` in epoch seconds, None when not stated.

    ``kind`` is Bearer or DPoP; ``proof_key`` is the private JWK that a DPoP token is bound to (RFC 9449), kept as long
    as the refresh token needs it.
    """

    issuer: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int | None
    scopes: tuple[str, ...]
    resource: str
    token_endpoint: str
    revocation_endpoint: str | None
    credentials: Credentials
    requested: tuple[str, ...] = ()
    kind: str = "Bearer"
    proof_key: Key | None = field(default=None, repr=False)

    @classmethod
    def restored(cls, values: JsonObject) -> Self:
        """The tokens from the values of attrs.asdict(), after a round trip through JSON."""
        lists = {name: tuple(values[name]) for name in ("scopes", "requested")}
        return cls(**{**values, **lists, "credentials": Credentials(**values["credentials"])})
