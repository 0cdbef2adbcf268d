"""What the authorization server asks of a store. Each consuming verb is one conditional statement inside one change."""

from typing import Protocol

from .models import AuthorizationCode, Client, Connection, DecisionKey, DeviceRequest, Grant, RefreshToken, SigningKey

SKEW = 5
"""Seconds by which the clocks of processes with one database may differ."""


class DeviceStore(Protocol):
    """Requests of devices (RFC 8628)."""

    async def add_device_request(self, request: DeviceRequest) -> bool:
        """False when one of its codes is taken."""

    async def find_device_request(self, digest: bytes) -> tuple[DeviceRequest, Grant | None] | None:
        """By the digest of the device code; with the grant once it is allowed."""

    async def find_device_request_by_user_code(self, user_code: bytes, *, now: int) -> DeviceRequest | None:
        """The one that waits for a decision under this digest of a user code."""

    async def poll_device_request(self, digest: bytes, *, grace: int, now: int) -> bool:
        """Note that the device asked; false when its interval less ``grace`` seconds has not passed since it last
        did.
        """

    async def slow_device_request(self, digest: bytes, *, seconds: int, now: int) -> None:
        """Make the device wait that much longer from one question to the next, from ``now`` on."""

    async def allow_device_request(
        self, digest: bytes, grant: Grant, *, client: Client | None = None, now: int
    ) -> bool:
        """Keep the grant, tie the request to it, and keep a ``client`` that is known by its document, in one change.

        True for exactly one decision; false when there was one, the request expired, or the person, their session or
        the client is gone.
        """

    async def deny_device_request(self, digest: bytes, *, user_id: str, now: int) -> bool:
        """True for exactly one decision; false when there was one, or the request expired."""

    async def spend_device_code(
        self, digest: bytes, *, refresh_token: RefreshToken | None, thumbprint: str | None = None, now: int
    ) -> bool:
        """Redeem an allowed device code, keep its refresh token and bind the grant to a key if one is named, in one
        change.

        True for exactly one caller; false when it was spent, expired, or its grant revoked.
        """


class OAuthStore(DeviceStore, Protocol):
    async def add_client(self, client: Client) -> Client:
        """Keep a client; when its id is taken already, return the one that was kept first."""

    async def find_client(self, client_id: str) -> Client | None: ...

    async def list_clients(self) -> list[Client]: ...

    async def vouch_for_client(self, client_id: str, *, vouched: bool) -> bool:
        """Make the operator vouch for a client that is registered, or for it no more; false when there is none, or
        it goes by a document.
        """

    async def remove_client(self, client_id: str, *, now: int) -> bool:
        """Forget a client and revoke its grants; false when there was none."""

    async def add_grant(
        self,
        grant: Grant,
        code: AuthorizationCode | None = None,
        *,
        client: Client | None = None,
        once: DecisionKey | None = None,
    ) -> bool:
        """Keep the grant with its code, if it has one, and what a ``client`` with a document says by now, or nothing of
        it.

        False when the user is gone or disabled, the client is gone, the session in which it was allowed has ended, or
        the request it comes from was decided ``once`` before.
        """

    async def decide(self, once: DecisionKey) -> bool:
        """Mark a request as decided, without a grant, and keep its answer; true for exactly one caller."""

    async def find_answer(self, digest: bytes) -> str | None:
        """What a decided request got, sealed; None for one that was not decided."""

    async def find_granted_scopes(self, user_id: str, client_id: str, resource: str, *, now: int) -> list[str]:
        """The scope of each live grant that this person gave this client at this resource, oldest first."""

    async def find_grant(self, grant_id: str) -> Grant | None: ...

    async def list_connections(self, user_id: str, *, now: int, tokens_since: int) -> list[Connection]:
        """What a person has allowed and can still be used, newest first: with a live refresh token, or an access
        token given after ``tokens_since``.
        """

    async def find_code(self, digest: bytes) -> tuple[AuthorizationCode, Grant] | None: ...

    async def spend_code(
        self, digest: bytes, *, refresh_token: RefreshToken | None, thumbprint: str | None = None, now: int
    ) -> bool:
        """Redeem a code, keep its refresh token and bind the grant to a key if one is named, in one change.

        True for exactly one caller; false when it was spent, expired, or its grant revoked (RFC 6749 section 4.1.2).
        """

    async def drop_expired_code(self, digest: bytes, *, now: int) -> None:
        """Forget a code that came too late, so that no clock that steps back revives it; not a spent one, whose
        replay must be known.
        """

    async def find_refresh_token(self, digest: bytes) -> tuple[RefreshToken, Grant] | None: ...

    async def rotate_refresh_token(self, successor: RefreshToken, *, now: int) -> bool:
        """Advance the grant from ``successor.generation - 1`` and keep the successor, in one change.

        True for exactly one caller; false when the grant has moved on or was revoked.
        """

    async def add_sibling(self, token: RefreshToken, *, window: int, limit: int, now: int) -> bool:
        """Keep another refresh token of the grant's current generation, for a caller who lost the race to rotate.

        False unless the grant is live, its generation still equals ``token.generation``, it rotated no more than
        ``window`` seconds before ``now`` and not after it, but for ``SKEW``, and fewer than ``limit`` tokens of that
        generation exist.
        """

    async def revoke_grant(self, grant_id: str, *, now: int) -> bool:
        """Revoke a grant, once; codes and refresh tokens of it die with it."""

    async def revocations_since(self, position: int) -> list[tuple[int, str]]:
        """Return the announcements of all processes with a number above ``position``: each with its number, and the id
        of a grant that was revoked or of a client that was removed. ``processes.Cursor`` reads on from them.
        """


class KeyStore(Protocol):
    """The signing keys, of which one of each algorithm is the newest at any time, in every process."""

    async def add_signing_key(
        self, key: SigningKey, *, only_if_none: bool = False, replacing: str | None = None
    ) -> bool:
        """Keep a key, and let those of its algorithm before it sign until it does, in one change.

        False with ``only_if_none`` when there is one of its algorithm that nothing replaces, and with ``replacing``
        when the key of that id is not the newest any more.
        """

    async def retire_signing_key(self, kid: str, *, at: int) -> None:
        """Let a key sign no longer than until then, with none after it."""

    async def remove_signing_key(self, kid: str, *, now: int) -> bool:
        """Forget a key that has retired by ``now``; false for any other."""

    async def list_signing_keys(self) -> list[SigningKey]:
        """The one that signs last first; of each algorithm at most one has no ``retired_at``."""
