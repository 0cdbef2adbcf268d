"""What sign-in asks of a store."""

from typing import Protocol

from .models import Account, Identity, Session


class AccountStore(Protocol):
    async def add_account(self, account: Account) -> bool:
        """Store a person; false when the username or e-mail address is taken (without regard to case)."""

    async def find_account(self, user_id: str) -> Account | None: ...

    async def find_account_by_login(self, login: str) -> Account | None:
        """By username or e-mail address, without regard to case."""

    async def list_accounts(self) -> list[Account]: ...

    async def disable_account(self, user_id: str, *, now: int) -> bool:
        """Disable a person, end their sessions and revoke their grants, in one change."""

    async def enable_account(self, user_id: str) -> bool: ...

    async def remove_account(self, user_id: str, *, now: int) -> bool:
        """Delete a person with all their data; their grants are announced as revoked."""

    async def set_password(self, user_id: str, password_hash: str, *, revoke_at: int | None = None) -> bool:
        """Replace the hash and end the person's sessions, and with ``revoke_at`` their grants, in one change."""

    async def replace_password_hash(self, user_id: str, *, old: str, new: str) -> bool:
        """Rehash of the same password: only when ``old`` is still there; sessions live on."""

    async def add_session(self, session: Session, *, password_hash: str | None = None) -> bool:
        """Keep a session; false when the person is gone, disabled, or has another password than the one of
        ``password_hash`` by now.
        """

    async def find_session(self, digest: bytes, *, now: int) -> tuple[Session, Account] | None:
        """A live session of an enabled person."""

    async def list_sessions(self, user_id: str, *, now: int) -> list[Session]:
        """The live ones of a person, the one that was used last first."""

    async def note_session(self, digest: bytes, *, seen_at: int) -> None:
        """Keep when a session was last used."""

    async def remove_session(self, digest: bytes) -> bool: ...

    async def end_session(self, user_id: str, session_id: str, *, revoke_at: int | None = None) -> bool:
        """End a person's session, and with ``revoke_at`` revoke what they allowed in it, in one change; false when
        there was neither.
        """


class IdentityStore(Protocol):
    async def find_account_by_login(self, login: str) -> Account | None: ...

    async def find_account_of_identity(self, identity: Identity) -> Account | None:
        """By issuer, tenant and subject."""

    async def add_identity(self, identity: Identity, user_id: str, *, now: int) -> bool:
        """Let an account be known by an identity; false when there is no such account, or the identity has one."""

    async def add_account_of_identity(self, account: Account, identity: Identity) -> bool:
        """Keep both or neither; false when the username, the address or the identity is taken."""
