"""What a client proves itself with at an authorization server."""

from typing import Self

from attrs import field, frozen

from ...json_text import JsonObject

Key = JsonObject
"""A key as JWK (RFC 7517 section 4)."""


@frozen
class Credentials:
    """The client id at one authorization server, and how the client authenticates (RFC 6749 section 2.3).

    ``method`` as in RFC 7591 section 2.

    ``key`` is the private JWK with which private_key_jwt signs; ``expires_at`` (epoch seconds) is when a registered
    secret expires, None for never. ``scope`` is what the client was registered for (RFC 7591 section 2), None when the
    registration did not say: then any scope may be requested.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    method: str = "none"
    registered: bool = False
    key: Key | None = field(default=None, repr=False)
    expires_at: int | None = None
    scope: str | None = None


@frozen
class Backing:
    """The proof with which a client signs in without a person at its authorization server.

    ``assertion`` is the JWT of a workload (SEP-1933). The others are for enterprise-managed authorization: the
    organisation's identity provider, this client's credentials there, and the person's ID token from it.
    """

    assertion: str = field(default="", repr=False)
    token_endpoint: str = ""
    issuer: str = ""
    credentials: Credentials = Credentials("")
    id_token: str = field(default="", repr=False)

    @classmethod
    def restored(cls, values: JsonObject) -> Self:
        """The proof from the values of attrs.asdict(), after a round trip through JSON."""
        return cls(**{**values, "credentials": Credentials(**values["credentials"])})
