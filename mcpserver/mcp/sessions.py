"""Sessions of the revisions before 2026-07-28: they rest in a store, survive a restart, belong to one principal, and end (2025-11-25, transports)."""

import hashlib
from collections import OrderedDict
from typing import Any, Protocol

import msgspec
from attrs import frozen

from ..principal import User, principal_of
from ..sources import Sources
from .revisions.handshake import Session

_REMEMBERED = 10_000
"""Sessions kept at hand; the others are read from the store when they are needed."""

MOST_IN_MEMORY = 10_000
"""Sessions of a server without a database; the oldest make room."""


@frozen
class StoredSession:
    """``content`` is JSON; ``expires_at`` in epoch seconds."""

    content: str
    expires_at: int


class SessionStore(Protocol):
    """Where sessions rest. The store sees a digest of the id."""

    async def put_mcp_session(self, digest: bytes, session: StoredSession) -> None:
        """Add it, or replace what is there."""

    async def find_mcp_session(self, digest: bytes, *, now: int) -> StoredSession | None:
        """None once it has expired or was ended."""

    async def end_mcp_session(self, digest: bytes) -> bool:
        """Whether it was there to be ended."""


class MemorySessions(SessionStore):
    """For a server without a database: sessions last as long as the process."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, StoredSession] = {}

    async def put_mcp_session(self, digest: bytes, session: StoredSession) -> None:
        self._sessions[digest] = session
        while len(self._sessions) > MOST_IN_MEMORY:
            del self._sessions[next(iter(self._sessions))]

    async def find_mcp_session(self, digest: bytes, *, now: int) -> StoredSession | None:
        session = self._sessions.get(digest)
        return session if session is not None and session.expires_at > now else None

    async def end_mcp_session(self, digest: bytes) -> bool:
        return self._sessions.pop(digest, None) is not None


class Sessions:
    """``lifetime`` in seconds counts from the last use."""

    def __init__(self, store: SessionStore, sources: Sources, lifetime: int) -> None:
        self._store = store
        self._sources = sources
        self._lifetime = lifetime
        self._known: OrderedDict[bytes, Session] = OrderedDict()
        self._ended: OrderedDict[bytes, None] = OrderedDict()

    async def begin(self, session: Session) -> str:
        """The id under which the client will come back."""
        session.id = self._sources.token_bytes(32).hex()
        await self._renew(session)
        return session.id

    async def find(self, session_id: str, caller: User | None) -> Session | None:
        """None when it is not there, or not this caller's: who guesses right learns nothing."""
        key, now = _digest(session_id), self._sources.now()
        session = self._known.get(key) or await self._read(session_id, key, now)
        if session is None or session.expires_at <= now or session.principal != principal_of(caller):
            return None
        if session.expires_at - now < self._lifetime // 2:
            await self._renew(session)
        self._remember(key, session)
        return None if key in self._ended else session

    async def save(self, session: Session) -> None:
        """Keep what the session learned; one that has ended stays so, whatever was under way."""
        if session.id is not None and _digest(session.id) not in self._ended:
            await self._store.put_mcp_session(_digest(session.id), _stored(session))

    async def end(self, session: Session) -> None:
        assert session.id is not None
        key = _digest(session.id)
        self._ended[key] = None
        _bound(self._ended)
        self._known.pop(key, None)
        await self._store.end_mcp_session(key)

    async def _renew(self, session: Session) -> None:
        assert session.id is not None
        session.expires_at = self._sources.now() + self._lifetime
        await self.save(session)
        self._remember(_digest(session.id), session)

    async def _read(self, session_id: str, key: bytes, now: int) -> Session | None:
        stored = await self._store.find_mcp_session(key, now=now)
        if stored is None:
            return None
        # Two requests may have read it at the same time: what one of them learns, the other must know.
        return self._known.setdefault(key, _session(session_id, stored))

    def _remember(self, key: bytes, session: Session) -> None:
        if key in self._ended:
            self._known.pop(key, None)
            return
        self._known[key] = session
        self._known.move_to_end(key)
        _bound(self._known)


def _bound(known: OrderedDict[bytes, Any]) -> None:
    while len(known) > _REMEMBERED:
        known.popitem(last=False)


def _digest(session_id: str) -> bytes:
    return hashlib.sha256(b"mcp session\0" + session_id.encode("utf-8", "surrogatepass")).digest()


def _stored(session: Session) -> StoredSession:
    content = {
        "principal": session.principal,
        "revision": session.revision,
        "capabilities": session.client_capabilities,
        "info": session.client_info,
        "log_level": session.log_level,
        "subscriptions": sorted(session.subscriptions),
    }
    return StoredSession(msgspec.json.encode(content).decode(), session.expires_at)


def _session(session_id: str, stored: StoredSession) -> Session:
    content: dict[str, Any] = msgspec.json.decode(stored.content)
    return Session(
        session_id,
        tuple(content["principal"]),
        content["revision"],
        content["capabilities"],
        content["info"],
        content["log_level"],
        set(content["subscriptions"]),
        stored.expires_at,
    )
