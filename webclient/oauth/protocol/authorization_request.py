"""An authorization request under way."""

from typing import Self

from attrs import field, frozen

from ...json_text import JsonObject
from .credentials import Credentials, Key


@frozen
class Pending:
    """An authorization request that waits for its response.

    ``issuer`` is the one expected in the response (RFC 9207 section 2.4).
    """

    integration_id: str
    issuer: str
    iss_required: bool
    verifier: str = field(repr=False)
    resource: str
    scopes: tuple[str, ...]
    token_endpoint: str
    revocation_endpoint: str | None
    credentials: Credentials
    retry: bool = False
    proof_key: Key | None = field(default=None, repr=False)

    @classmethod
    def restored(cls, values: JsonObject) -> Self:
        """The request from the values of attrs.asdict(), after a round trip through JSON."""
        scopes, credentials = tuple(values["scopes"]), Credentials(**values["credentials"])
        return cls(**{**values, "scopes": scopes, "credentials": credentials})
