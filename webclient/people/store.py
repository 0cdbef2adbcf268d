"""People, their sessions, and sign-ins in progress, in SQLite. Sessions and states are stored as digests only."""

# ruff: noqa: S608 - what the SQL is put together from are constants of this module, values never

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from attrs import asdict, field, frozen

from mcpbase.table import Table

from ..database import Database
from ..vault import Vault
from .person import Person

_PEOPLE = Table("people", Person)
UNDER_WAY = 600
"""Seconds that a sign-in at an OpenID provider may take."""


@frozen
class ProviderSignIn:
    """A sign-in at the OpenID provider in progress. ``next`` is the local address to return to."""

    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    next: str


class SQLitePeople:
    """People, sessions and sign-ins. Every statement commits by itself; consuming is one conditional statement."""

    def __init__(self, connection: Database, vault: Vault) -> None:
        self._connection = connection
        self.vault = vault

    async def _rows(self, statement: str, values: Iterable[object] = ()) -> list[Any]:
        return list(await self._connection.execute_fetchall(statement, values))

    async def add(self, person: Person, now: int) -> bool:
        """Add a person; a subject that is known already gets the new name. False when the login is taken."""
        rows = await self._rows(
            f"INSERT INTO people ({_PEOPLE.names}, created_at) VALUES ({_PEOPLE.places}, :now)"
            " ON CONFLICT (subject) DO UPDATE SET name = excluded.name ON CONFLICT (login) DO NOTHING RETURNING id",
            _PEOPLE.values(person) | {"now": now},
        )
        return bool(rows)

    async def everybody(self) -> list[Person]:
        return [
            _PEOPLE.read(row)
            for row in await self._rows(f"SELECT {_PEOPLE.columns} FROM people ORDER BY created_at, rowid")
        ]

    async def find_login(self, login: str) -> Person | None:
        rows = await self._rows(f"SELECT {_PEOPLE.columns} FROM people WHERE login = ?", (login,))
        return _PEOPLE.read(rows[0]) if rows else None

    async def find_subject(self, subject: str) -> Person | None:
        rows = await self._rows(f"SELECT {_PEOPLE.columns} FROM people WHERE subject = ?", (subject,))
        return _PEOPLE.read(rows[0]) if rows else None

    async def set_password(self, person: Person, password: str) -> None:
        """Set a password. A trigger ends the sessions opened with the old one, in the same statement."""
        await self._rows("UPDATE people SET password = ? WHERE id = ?", (password, person.id))

    async def remove(self, person: Person) -> None:
        """Delete a person with their integrations and conversations."""
        await self._rows("DELETE FROM integrations WHERE owner = ?", (person.owner,))
        await self._rows("DELETE FROM conversations WHERE owner = ?", (person.owner,))
        await self._rows("DELETE FROM people WHERE id = ?", (person.id,))

    async def add_session(self, digest: bytes, person: Person, now: int) -> bool:
        """Add a session. False when the person was removed, or has another password than in ``person``."""
        rows = await self._rows(
            "INSERT INTO sessions (digest, person_id, created_at, seen_at) SELECT ?, id, ?, ? FROM people WHERE id = "
            "? AND password IS ? RETURNING person_id",
            (digest, now, now, person.id, person.password),
        )
        return bool(rows)

    async def find_session(self, digest: bytes, begun_after: int, seen_after: int) -> tuple[Person, int] | None:
        """The person of a session, and when it was last used; None when there is no such session or it has expired."""
        rows = await self._rows(
            f"SELECT {_PEOPLE.columns}, sessions.seen_at FROM sessions JOIN people ON people.id = person_id"
            " WHERE digest = ? AND sessions.created_at > ? AND seen_at > ?",
            (digest, begun_after, seen_after),
        )
        return (_PEOPLE.read(rows[0][: _PEOPLE.width]), rows[0][_PEOPLE.width]) if rows else None

    async def see_session(self, digest: bytes, now: int) -> None:
        """Note the use of a session. Ignores a database that cannot be written to for now, as that is no reason to
        refuse a request.
        """
        with suppress(sqlite3.OperationalError):
            await self._rows("UPDATE sessions SET seen_at = ? WHERE digest = ?", (now, digest))

    async def end_session(self, digest: bytes) -> None:
        await self._rows("DELETE FROM sessions WHERE digest = ?", (digest,))

    async def end_sessions(self, person: Person) -> None:
        await self._rows("DELETE FROM sessions WHERE person_id = ?", (person.id,))

    async def purge(self, begun_before: int, seen_before: int) -> None:
        await self._rows("DELETE FROM sessions WHERE created_at <= ? OR seen_at <= ?", (begun_before, seen_before))

    async def add_sign_in(self, state: bytes, browser: bytes, now: int, sign_in: ProviderSignIn) -> None:
        await self._rows("DELETE FROM sign_ins WHERE created_at <= ?", (now - UNDER_WAY,))
        sealed = self.vault.seal("sign-in", asdict(sign_in))
        await self._rows(
            "INSERT INTO sign_ins (state, browser, created_at, sealed) VALUES (?, ?, ?, ?)",
            (state, browser, now, sealed),
        )

    async def spend_sign_in(self, state: bytes, browser: bytes, now: int) -> ProviderSignIn | None:
        """Take a sign-in out, once, for the browser that began it and within UNDER_WAY seconds; None otherwise."""
        rows = await self._rows(
            "DELETE FROM sign_ins WHERE state = ? AND browser = ? AND created_at > ? RETURNING sealed",
            (state, browser, now - UNDER_WAY),
        )
        values = self.vault.open("sign-in", rows[0][0]) if rows else None
        return ProviderSignIn(**values) if values else None
