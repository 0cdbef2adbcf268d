"""The protocol of the database for clients that register themselves (RFC 7591, RFC 7592)."""

from typing import Protocol

from attrs import field, frozen

from .models import Client


@frozen
class InitialAccessToken:
    """An initial access token at rest (RFC 7591 section 3): it registers ``uses_left`` clients more."""

    id: str
    digest: bytes = field(repr=False)
    note: str
    created_at: int
    expires_at: int
    uses_left: int


@frozen
class Room:
    """How many clients may wait for their first grant.

    Beyond ``limit``, the oldest of those that began to wait before ``displaced_before`` makes room. When there is none,
    the oldest of the network that registered most does, if ``network`` (a digest of the newcomer's) has fewer.
    """

    limit: int
    displaced_before: int
    network: str | None = None


class RegistrationStore(Protocol):
    async def add_registration(self, client: Client, *, management: bytes | None, room: Room) -> Client | None:
        """Keep a client with the digest of the token that manages it; None when there is no room.

        When its id is taken already, return the one that was kept first, whose time to wait for a grant begins anew.
        """

    async def add_registration_by_token(
        self, client: Client, *, management: bytes | None, initial_access_token: bytes, now: int
    ) -> Client | None:
        """The same for one use of an initial access token, in one change; None when that is used up, expired or
        unknown. No room is needed.
        """

    async def find_managed_client(self, client_id: str, management: bytes) -> Client | None:
        """Return the client when the token is its own."""

    async def change_registration(self, client: Client, management: bytes) -> bool:
        """Replace what is kept of a client; false when it is gone or the token is not its own."""

    async def remove_registration(self, client_id: str, management: bytes, *, now: int) -> bool:
        """Forget a client and revoke its grants; false when it is gone or the token is not its own."""

    async def add_initial_access_token(self, token: InitialAccessToken) -> None: ...

    async def has_initial_access_token(self, digest: bytes, *, now: int) -> bool:
        """Whether a token with this digest can be used now."""

    async def list_initial_access_tokens(self) -> list[InitialAccessToken]:
        """Return all, oldest first."""

    async def remove_initial_access_token(self, token_id: str) -> bool: ...
