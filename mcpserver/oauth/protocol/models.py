"""Values of the authorization server. Instants are epoch seconds; digests are SHA-256, never the secret itself."""

from enum import StrEnum
from typing import Literal

from attrs import field, frozen


class ClientKind(StrEnum):
    """How a client came to be known: added by the operator, by registering itself (RFC 7591), or by a document at the
    URL that is its id.
    """

    OPERATOR = "operator"
    SELF_REGISTERED = "self-registered"
    DOCUMENT = "document"


STATELESS = "client."
"""Prefix of the client ids that contain the registration (``oauth/clients/stateless.py``)."""


@frozen
class Client:
    """An OAuth client (RFC 7591 section 2 names the metadata).

    ``scope`` limits what it may ask for; ``None`` means anything in the catalogue. ``metadata`` keeps the other members
    of its registration (client_uri, logo_uri, application_type, ...) as they were accepted, to return them.
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    kind: ClientKind
    created_at: int
    auth_method: str = "none"
    secret_digest: bytes | None = field(default=None, repr=False)
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    scope: str | None = None
    metadata: dict[str, object] = field(factory=dict)

    @property
    def is_confidential(self) -> bool:
        """Whether it has credentials of its own (OAuth 2.1 section 2.1)."""
        return self.auth_method != "none"

    @property
    def is_stateless(self) -> bool:
        """Whether the id contains the registration, which is stored only once somebody has consented."""
        return self.id.startswith(STATELESS)

    @property
    def verified(self) -> bool:
        """Whether the operator vouches for it."""
        return self.kind is ClientKind.OPERATOR


@frozen
class Grant:
    """The permission that a user gave a client: scopes at a resource. Codes and refresh tokens belong to one grant.

    There is one grant per consent, or per token where nobody is asked: without a user, the client acts for itself
    (OAuth 2.1 section 4.2). ``generation`` counts refresh rotations, and only refresh tokens of this generation are
    live; ``rotated_at`` is when it last grew. ``expires_at`` is when refreshing ends for good. ``thumbprint`` is that
    of the key to which the code and a public client's refresh tokens are bound (RFC 9449 sections 5 and 10).
    ``auth_time`` is when the person signed in, ``session_id`` the browser session in which they gave the grant.
    """

    id: str
    user_id: str | None
    client_id: str
    scope: str
    resource: str
    created_at: int
    expires_at: int
    generation: int = 0
    rotated_at: int | None = None
    revoked_at: int | None = None
    thumbprint: str | None = None
    auth_time: int | None = None
    session_id: str | None = None

    def is_live(self, now: int) -> bool:
        """Return whether its codes and refresh tokens can be redeemed."""
        return self.revoked_at is None and self.expires_at > now

    @property
    def subject(self) -> str:
        """The subject of its tokens: the user, or the client where no person is involved (RFC 9068 section 2.2)."""
        return self.client_id if self.user_id is None else self.user_id


@frozen
class Connection:
    """A live grant as its person sees it, with the name of the client."""

    grant: Grant
    client_name: str

    @property
    def used_at(self) -> int:
        """When it last issued a token, as far as is kept."""
        return self.grant.rotated_at or self.grant.created_at


@frozen
class AuthorizationCode:
    """An authorization code at rest (OAuth 2.1 section 4.1.2). ``redirect_uri`` is where the response was sent."""

    digest: bytes = field(repr=False)
    grant_id: str
    redirect_uri: str
    code_challenge: str
    expires_at: int
    spent_at: int | None = None
    nonce: str | None = None


@frozen
class PushedRequest:
    """An authorization request that a client pushed in advance (RFC 9126), its parameters in their order."""

    digest: bytes = field(repr=False)
    client_id: str
    parameters: tuple[tuple[str, str], ...] = field(repr=False)
    expires_at: int


@frozen
class DecisionKey:
    """The key by which a request is decided only once. ``expires_at`` is when it can no longer be decided.

    ``answer`` is the sealed response to the decision.
    """

    digest: bytes = field(repr=False)
    expires_at: int
    answer: str | None = field(default=None, repr=False)


@frozen
class RefreshToken:
    """A refresh token at rest; current while its ``generation`` equals that of its grant."""

    digest: bytes = field(repr=False)
    grant_id: str
    generation: int
    expires_at: int


@frozen
class DeviceRequest:
    """A device's request for access, and what was decided (RFC 8628 section 3.1).

    ``digest`` is that of the device code, ``user_code`` the digest of what the person types. ``interval`` is how many
    seconds the device must wait after ``polled_at``. ``decided_by`` is the person who decided: allowed when
    ``grant_id`` is set, denied otherwise. ``thumbprint`` is that of the key that the device proved to hold when it
    asked.
    """

    digest: bytes = field(repr=False)
    user_code: bytes = field(repr=False)
    client_id: str
    scope: str
    resource: str
    expires_at: int
    interval: int
    thumbprint: str | None = None
    polled_at: int | None = None
    decided_by: str | None = None
    grant_id: str | None = None
    spent_at: int | None = None


@frozen
class SigningKey:
    """A signing key at rest: ``sealed`` is the private JWK, encrypted with the installation's secret.

    It signs from ``signs_from`` until ``retired_at``, epoch seconds that may be in the future; ``retired_at`` is None
    until a successor is planned.
    """

    kid: str
    sealed: str = field(repr=False)
    created_at: int
    signs_from: int
    algorithm: str = "ES256"
    retired_at: int | None = None

    def state(self, now: int) -> Literal["next", "active", "retired"]:
        """Return whether it is published and not used yet, is the one that signs, or only verifies what it
        has signed.
        """
        if self.retired_at is not None and self.retired_at <= now:
            return "retired"
        return "next" if self.signs_from > now else "active"


def is_address(client_id: str) -> bool:
    """Return whether a client id has the form of a URL; ids that this server issues never do (CIMD section 6.9)."""
    return client_id.startswith(("https://", "http://"))
