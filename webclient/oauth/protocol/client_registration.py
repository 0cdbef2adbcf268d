"""Client metadata, and the answer of a registration endpoint (RFC 7591)."""

from typing import NotRequired, Self, TypedDict

from attrs import field, frozen

from ...json_text import JsonObject
from .credentials import Key

LATEST = 1e11
"""Epoch seconds; an expiry above it is taken for a mistake."""


class KeySet(TypedDict):
    keys: list[Key]


class ClientMetadata(TypedDict):
    """The metadata of this client, in registrations and metadata documents (RFC 7591 section 2)."""

    client_name: str
    redirect_uris: list[str]
    grant_types: list[str]
    response_types: list[str]
    token_endpoint_auth_method: str
    application_type: str
    scope: NotRequired[str]
    jwks: NotRequired[KeySet]


@frozen
class RegistrationResponse:
    """A client information response (RFC 7591 section 3.2.1). Members that are absent or unusable are None.

    ``expires_at`` is when the secret expires, in epoch seconds; None stands for never as well.
    """

    client_id: str | None
    client_secret: str | None = field(repr=False)
    method: str | None
    expires_at: int | None

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        client_id, secret = document.get("client_id"), document.get("client_secret")
        method, end = document.get("token_endpoint_auth_method"), document.get("client_secret_expires_at")
        return cls(
            client_id=client_id if isinstance(client_id, str) and client_id else None,
            client_secret=secret if isinstance(secret, str) else None,
            method=str(method) if method else None,
            expires_at=_instant(end),
        )


def _instant(value: object) -> int | None:
    """The value of ``client_secret_expires_at``; None when absent, unusable or 0, which means never."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < LATEST else None
