"""A database with many people, written in bulk: what a service has after some time, without the time.

Each person has a login, a browser session, and grants with a spent code and a refresh token each; every other table
that grows has a row for each of them too.
"""

import asyncio
import os
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from attrs import frozen

from mcpserver.store import open_store

BATCH = 20_000
CLIENTS = 100
DAY = 86_400
GRANT_TYPES = '["authorization_code", "refresh_token"]'

Rows = Iterator[tuple[Any, ...]]


@frozen
class Crowd:
    """``people`` with ``grants`` each, at the instant ``now``. ``extras`` fills the other tables too.

    The first refresh tokens have the digests ``known``, and are those of the client ``client0``.
    """

    people: int
    now: int
    grants: int = 10
    resource: str = "http://127.0.0.1:8000/mcp"
    extras: bool = True
    known: Sequence[bytes] = ()

    def person(self, number: int) -> str:
        return f"person{number:08x}"

    def grant(self, number: int) -> str:
        # The first eight digits vary like those of random ids, so that neighbours in time are not neighbours here.
        return f"{number * 2654435761 % 2**32:08x}{number:010x}"

    def grant_ids(self) -> Iterator[tuple[int, str]]:
        return ((number, self.grant(number)) for number in range(self.people * self.grants))

    def tables(self) -> Iterator[tuple[str, str, Rows]]:
        """The name of each table, its columns, and its rows."""
        now, later, people = self.now, self.now + 30 * DAY, range(self.people)
        yield (
            "accounts",
            "id, username, name, created_at, password_hash, admin",
            ((self.person(n), f"user{n}", f"User {n}", now, "no password", 0) for n in people),
        )
        yield "logins", "login, user_id", ((f"user{n}", self.person(n)) for n in people)
        yield (
            "sessions",
            "digest, user_id, created_at, expires_at, id, browser, seen_at",
            ((os.urandom(32), self.person(n), now, later, f"session{n}", "Firefox", now) for n in people),
        )
        yield (
            "clients",
            "id, name, redirect_uris, kind, created_at, auth_method, grant_types, metadata",
            (
                (f"client{n}", f"Client {n}", '["https://c.example/cb"]', "operator", now, "none", GRANT_TYPES, "{}")
                for n in range(CLIENTS)
            ),
        )
        yield (
            "grants",
            "id, client_id, scope, resource, created_at, expires_at, generation, user_id, session_id",
            (
                (
                    name,
                    f"client{0 if n < len(self.known) else n % CLIENTS}",
                    "notes:read offline_access",
                    self.resource,
                    now - n % DAY,
                    later,
                    0,
                    self.person(n // self.grants),
                    f"session{n // self.grants}",
                )
                for n, name in self.grant_ids()
            ),
        )
        yield (
            "refresh_tokens",
            "digest, grant_id, generation, expires_at",
            (
                (self.known[n] if n < len(self.known) else os.urandom(32), name, 0, later)
                for n, name in self.grant_ids()
            ),
        )
        if self.extras:
            yield from self._extras()

    def _extras(self) -> Iterator[tuple[str, str, Rows]]:
        now, later, people = self.now, self.now + 30 * DAY, range(self.people)
        some = [self.grant(n * self.grants) for n in people]
        yield (
            "codes",
            "digest, grant_id, redirect_uri, code_challenge, expires_at, spent_at",
            ((os.urandom(32), name, "https://c.example/cb", "c", now + 60, now) for name in some),
        )
        yield "revocations", "grant_id, revoked_at", ((f"gone{n}", now - n % DAY) for n in people)
        yield (
            "device_requests",
            "digest, user_code, client_id, scope, resource, expires_at, poll_interval, decided_by",
            (
                (os.urandom(32), os.urandom(8), "client1", "notes:read", self.resource, now + 60, 5, self.person(n))
                for n in people
            ),
        )
        for table in ("used_assertions", "decided_requests"):
            yield table, "digest, expires_at", ((os.urandom(32), later) for _ in people)
        yield (
            "pushed_requests",
            "digest, client_id, parameters, expires_at",
            ((os.urandom(32), "client1", "{}", later) for _ in people),
        )
        yield (
            "invitations",
            "id, digest, note, created_at, expires_at, uses_left",
            ((f"invitation{n}", os.urandom(32), "", now, later, 1) for n in people),
        )
        yield (
            "identities",
            "issuer, tenant, subject, user_id, created_at",
            (("https://idp.example", "", f"subject{n}", self.person(n), now) for n in people),
        )
        yield (
            "workloads",
            "issuer, subject, client_id",
            (("https://idp.example", f"subject{n}", f"client{n % CLIENTS}") for n in people),
        )
        yield (
            "clients",
            "id, name, redirect_uris, kind, created_at, auth_method, grant_types, metadata, unused_since, network",
            (
                (f"waiting{n}", "W", "[]", "self-registered", now, "none", "[]", "{}", now - n % DAY, f"n{n % 500}")
                for n in people
            ),
        )
        yield (
            "mcp_sessions",
            "digest, content, expires_at, principal",
            ((os.urandom(32), "{}", later, self.person(n)) for n in people),
        )
        yield (
            "mcp_questions",
            "digest, session, expires_at",
            ((os.urandom(32), os.urandom(32), later) for _ in people),
        )
        yield (
            "mcp_tasks",
            "digest, principal, created_at, updated_at, expires_at, runner, alive_until, status, content, version",
            (
                (os.urandom(32), self.person(n), now, now, later, f"runner{n % 50}", later, "working", "{}", 1)
                for n in people
            ),
        )
        yield "events", "origin, content, created_at", ((f"origin{n % 50}", "{}", now - n % DAY) for n in people)
        yield "notes", "user_id, text, created_at", ((self.person(n), "A note", now) for n in people)


async def seed(url: str, crowd: Crowd) -> None:
    """Make the tables where there are none, and write the rows of all."""
    await (await open_store(url)).close()
    if url.startswith("sqlite"):
        await asyncio.to_thread(_seed_sqlite, url.removeprefix("sqlite:///"), crowd)
    else:
        await _seed_postgresql(url, crowd)


def _seed_sqlite(path: str, crowd: Crowd) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        for table, columns, rows in crowd.tables():
            places = ", ".join("?" for _ in columns.split(","))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
        connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def _seed_postgresql(url: str, crowd: Crowd) -> None:
    import asyncpg  # noqa: PLC0415 - an extra

    connection = await asyncpg.connect(url)
    try:
        for table, columns, rows in crowd.tables():
            names: Sequence[str] = [name.strip() for name in columns.split(",")]
            while batch := list(islice(rows, BATCH)):
                await connection.copy_records_to_table(table, records=batch, columns=names)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
