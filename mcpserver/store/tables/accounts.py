"""People and browser sessions (``accounts/store.py`` is the contract)."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

from mcpbase.table import BOOLEAN, Joined, Table

from ...accounts import Account, AccountStore, Session
from ..database import LOCK_FOR_SHARE, Row, Statement, Tables, Values
from .locks import lock_row
from .registrations import mark_used
from .revocation import revoke_all

ACCOUNTS = Table("accounts", Account, codecs={"admin": BOOLEAN})
_SESSIONS = Table("sessions", Session)
_SESSION_AND_ACCOUNT = Joined(_SESSIONS, ACCOUNTS)


class AccountTables(Tables, AccountStore):
    async def add_account(self, account: Account) -> bool:
        return await self._change(*add_account(account))

    async def find_account(self, user_id: str) -> Account | None:
        return read_account(
            await self._database.fetch_one(f"SELECT {ACCOUNTS.columns} FROM accounts WHERE id = :id", id=user_id)
        )

    async def find_account_by_login(self, login: str) -> Account | None:
        row = await self._database.fetch_one(
            f"SELECT {ACCOUNTS.columns} FROM logins JOIN accounts ON accounts.id = logins.user_id WHERE logins.login "
            "= :login",
            login=login.casefold(),
        )
        return read_account(row)

    async def list_accounts(self) -> list[Account]:
        rows = await self._database.fetch(f"SELECT {ACCOUNTS.columns} FROM accounts ORDER BY created_at, username")
        return [ACCOUNTS.read(row) for row in rows]

    async def disable_account(self, user_id: str, *, now: int) -> bool:
        disable = Statement(
            "UPDATE accounts SET disabled_at = COALESCE(disabled_at, :now) WHERE id = :user_id",
            {"user_id": user_id, "now": now},
            rows=1,
        )
        return await self._change(disable, _end_sessions(user_id), *_revoke_grants(user_id, now))

    async def enable_account(self, user_id: str) -> bool:
        return await self._change(
            Statement("UPDATE accounts SET disabled_at = NULL WHERE id = :user_id", {"user_id": user_id}, rows=1)
        )

    async def remove_account(self, user_id: str, *, now: int) -> bool:
        remove = Statement("DELETE FROM accounts WHERE id = :user_id", {"user_id": user_id}, rows=1)
        return await self._change(
            lock_row("accounts", user_id),
            *_revoke_grants(user_id, now),
            mark_used(user_id),
            remove,
        )

    async def set_password(self, user_id: str, password_hash: str, *, revoke_at: int | None = None) -> bool:
        replace = Statement(
            "UPDATE accounts SET password_hash = :password_hash WHERE id = :user_id",
            {"user_id": user_id, "password_hash": password_hash},
            rows=1,
        )
        revoke = () if revoke_at is None else _revoke_grants(user_id, revoke_at)
        return await self._change(replace, _end_sessions(user_id), *revoke)

    async def replace_password_hash(self, user_id: str, *, old: str, new: str) -> bool:
        return await self._change(
            Statement(
                "UPDATE accounts SET password_hash = :new WHERE id = :user_id AND password_hash = :old",
                {"user_id": user_id, "old": old, "new": new},
                rows=1,
            )
        )

    async def add_session(self, session: Session, *, password_hash: str | None = None) -> bool:
        return await self._change(
            Statement(
                f"INSERT INTO sessions ({_SESSIONS.names}) SELECT {_SESSIONS.places}"
                " FROM accounts WHERE accounts.id = :user_id AND disabled_at IS NULL"
                f" AND password_hash = COALESCE(:password_hash, password_hash) {LOCK_FOR_SHARE} ON CONFLICT DO NOTHING",
                {**_SESSIONS.values(session), "password_hash": password_hash},
                rows=1,
            )
        )

    async def find_session(self, digest: bytes, *, now: int) -> tuple[Session, Account] | None:
        row = await self._database.fetch_one(
            f"SELECT {_SESSION_AND_ACCOUNT.columns} FROM sessions JOIN accounts ON accounts.id = sessions.user_id"
            " WHERE sessions.digest = :digest AND sessions.expires_at > :now AND accounts.disabled_at IS NULL",
            digest=digest,
            now=now,
        )
        return _SESSION_AND_ACCOUNT.read(row) if row else None

    async def list_sessions(self, user_id: str, *, now: int) -> list[Session]:
        live = (
            f"SELECT {_SESSIONS.columns} FROM sessions WHERE user_id = :user_id AND expires_at > :now ORDER BY "
            "seen_at DESC, created_at DESC, id"
        )
        return [_SESSIONS.read(row) for row in await self._database.fetch(live, user_id=user_id, now=now)]

    async def note_session(self, digest: bytes, *, seen_at: int) -> None:
        await self._change(
            Statement(
                "UPDATE sessions SET seen_at = :seen_at WHERE digest = :digest", {"digest": digest, "seen_at": seen_at}
            )
        )

    async def remove_session(self, digest: bytes) -> bool:
        return await self._change(Statement("DELETE FROM sessions WHERE digest = :digest", {"digest": digest}, rows=1))

    async def end_session(self, user_id: str, session_id: str, *, revoke_at: int | None = None) -> bool:
        ids: Values = {"user_id": user_id, "session_id": session_id}
        end = Statement("DELETE FROM sessions WHERE user_id = :user_id AND id = :session_id RETURNING id", ids)
        revoke = (
            ()
            if revoke_at is None
            else revoke_all("user_id = :user_id AND session_id = :session_id", **ids, now=revoke_at)
        )
        applied = await self._database.apply(end, *revoke)
        return bool(applied and any(applied))


def add_account(account: Account) -> list[Statement]:
    """Return the statements that add an account and its login names; they fail when one of the names is taken."""
    add = Statement(f"{ACCOUNTS.insert} ON CONFLICT DO NOTHING", ACCOUNTS.values(account), rows=1)
    logins = {login.casefold() for login in (account.username, account.email) if login}
    return [add, *(_add_login(login, account.id) for login in sorted(logins))]


def _add_login(login: str, user_id: str) -> Statement:
    return Statement(
        "INSERT INTO logins (login, user_id) VALUES (:login, :user_id) ON CONFLICT DO NOTHING",
        {"login": login, "user_id": user_id},
        rows=1,
    )


def _end_sessions(user_id: str) -> Statement:
    return Statement("DELETE FROM sessions WHERE user_id = :user_id", {"user_id": user_id})


def _revoke_grants(user_id: str, now: int) -> tuple[Statement, Statement]:
    return revoke_all("user_id = :user_id", user_id=user_id, now=now)


def read_account(row: Row | None) -> Account | None:
    return None if row is None else ACCOUNTS.read(row)
