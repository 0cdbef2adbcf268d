"""Sessions of the revisions before 2026-07-28, stored so that they survive a restart (2025-11-25, transports).

A session belongs to one principal and expires or is ended.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection
from math import inf
from typing import Any, Protocol

import msgspec
from attrs import define, frozen

from ...principal import User, principal_of
from ...sources import Sources
from .handshake import Session

_REMEMBERED, _REMEMBERED_BYTES = 10_000, 8 * 1024 * 1024
"""Maximum number of cached sessions, and of their stored size in total; others are read from the store on demand."""

LOOKS_AGAIN = 1
"""Seconds after which a cached session is checked against the store: the longest delay of a revocation in another
process.
"""

MOST_OF_ONE, MOST_OF_NOBODY = 1_000, 10_000
"""Maximum number of sessions of one principal, and of all anonymous callers together.

Beyond it the oldest are removed, since many clients begin sessions and never end them.
"""

MOST_IN_MEMORY = 20_000
"""Maximum number of sessions without a database; beyond it the oldest of the principal with the most is removed."""

LOOKS_AFTER = 64
"""Number of sessions that a principal begins between two checks of its maximum."""


@frozen
class StoredSession:
    """A session as stored: ``content`` is JSON, ``expires_at`` in epoch seconds, ``principal`` empty when anonymous."""

    content: str
    expires_at: int
    principal: tuple[str, ...] = ()


class SessionStore(Protocol):
    """Storage of sessions; it receives a digest of each id, never the id."""

    async def add_mcp_session(self, digest: bytes, session: StoredSession) -> None:
        """Store a new session before returning."""

    async def trim_mcp_sessions(self, principal: tuple[str, ...], *, keep: int) -> list[bytes]:
        """Remove the principal's sessions but the ``keep`` that expire last; return the digests of those removed."""

    async def replace_mcp_session(self, digest: bytes, session: StoredSession) -> bool:
        """Replace a stored session; returns False, and stores nothing, when it was ended."""

    async def find_mcp_session(self, digest: bytes, *, now: int) -> StoredSession | None:
        """The stored session; None once it has expired or was ended."""

    async def end_mcp_session(self, digest: bytes) -> bool:
        """Delete a session; returns whether it existed."""


class MemorySessions(SessionStore):
    """Sessions in memory, for a server without a database: they last as long as the process."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, StoredSession] = {}
        self._of: dict[tuple[str, ...], dict[bytes, None]] = {}

    async def add_mcp_session(self, digest: bytes, session: StoredSession) -> None:
        self._sessions[digest] = session
        self._of.setdefault(session.principal, {})[digest] = None
        while len(self._sessions) > MOST_IN_MEMORY:
            most = max(self._of.values(), key=len)
            await self.end_mcp_session(next(iter(most)))

    async def trim_mcp_sessions(self, principal: tuple[str, ...], *, keep: int) -> list[bytes]:
        own = [(self._sessions[digest].expires_at, digest) for digest in reversed(self._of.get(principal, {}))]
        beyond = [digest for _, digest in sorted(own, key=lambda each: -each[0])[keep:]]
        for digest in beyond:
            await self.end_mcp_session(digest)
        return beyond

    async def replace_mcp_session(self, digest: bytes, session: StoredSession) -> bool:
        if digest not in self._sessions:
            return False
        self._sessions[digest] = session
        return True

    async def find_mcp_session(self, digest: bytes, *, now: int) -> StoredSession | None:
        session = self._sessions.get(digest)
        return session if session is not None and session.expires_at > now else None

    async def end_mcp_session(self, digest: bytes) -> bool:
        session = self._sessions.pop(digest, None)
        if session is None:
            return False
        own = self._of[session.principal]
        del own[digest]
        if not own:
            del self._of[session.principal]
        return True


@define(eq=False)
class _Known:
    """A cached session: ``content`` is the store's as last seen, ``seen_at`` a monotonic time, ``saving`` the number
    of writes under way.
    """

    session: Session
    content: str
    seen_at: float
    saving: int = 0


class Sessions:
    """Cached access to stored sessions; ``lifetime`` in seconds counts from the last use.

    Changes by other processes are noticed within ``LOOKS_AGAIN``, or when ``refresh`` is called. ``on_trimmed`` is
    called with the digests of sessions that were removed because their principal had too many, ``on_ended`` and
    ``on_changed`` with the digest of a session that was ended or changed here. Unless ``is_alone`` returns true, every
    use of a session looks in the store, because a session that was ended must not be answered anywhere (2025-11-25,
    transports: session management).
    """

    def __init__(self, store: SessionStore, sources: Sources, lifetime: int, *, most_of_one: int = MOST_OF_ONE) -> None:
        self.on_trimmed: Callable[[Collection[bytes]], None] = _nothing
        self.on_ended: Callable[[bytes], None] = _nothing
        self.on_changed: Callable[[bytes], None] = _nothing
        self.is_alone: Callable[[], bool] = lambda: True
        self._store = store
        self._sources = sources
        self._lifetime = lifetime
        self._most_of_one = most_of_one
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._sizes: dict[bytes, int] = {}
        self._bytes = 0
        self._ended: OrderedDict[bytes, None] = OrderedDict()
        self._begun: OrderedDict[tuple[str, ...], int] = OrderedDict()

    async def begin(self, session: Session) -> str:
        """Store a new session and return its id, which the client sends with later requests."""
        session.id = self._sources.token_bytes(32).hex()
        session.expires_at = self._sources.now() + self._lifetime
        key, stored = digest_of(session.id), _stored(session)
        await self._make_room(session.principal)
        await self._store.add_mcp_session(key, stored)
        self._remember(key, _Known(session, stored.content, self._sources.monotonic()))
        return session.id

    async def _make_room(self, principal: tuple[str, ...]) -> None:
        """Remove sessions beyond the principal's maximum, so that sessions never ended do not fill the disk.

        Called before a session is added, so that the new one is never among those removed.
        """
        begun = self._begun.pop(principal, 0) + 1
        if begun >= LOOKS_AFTER:
            trimmed = await self._store.trim_mcp_sessions(
                principal, keep=(self._most_of_one if principal else MOST_OF_NOBODY) - 1
            )
            for key in trimmed:
                self._forget(key)
            self.on_trimmed(frozenset(trimmed))
            begun = 0
        self._begun[principal] = begun
        _bound(self._begun)

    async def find(self, session_id: str, caller: User | None) -> Session | None:
        """The session of an id, its lifetime extended; None when absent, expired, ended or not the caller's."""
        key, now = digest_of(session_id), self._sources.now()
        known = await self._look(session_id, key, now)
        if known is None:
            return None
        session = known.session
        if session.expires_at <= now or session.principal != principal_of(caller):
            return None
        if session.expires_at - now < self._lifetime // 2:
            session.expires_at = now + self._lifetime
            if not await self._replace(key, known):
                return None
        self._remember(key, known)
        return None if key in self._ended else session

    async def save(self, session: Session) -> None:
        """Store the changes of a session; one that has ended stays ended."""
        if session.id is None or (key := digest_of(session.id)) in self._ended:
            return
        known = self._known.get(key)
        await self._replace(key, known if known is not None and known.session is session else _Known(session, "", 0))
        self.on_changed(key)

    async def end(self, session: Session) -> None:
        """End a session in the store before returning; when the store fails, the session is unchanged."""
        assert session.id is not None
        key = digest_of(session.id)
        await self._store.end_mcp_session(key)
        self._forget(key)
        self.on_ended(key)

    def forget(self, key: bytes) -> None:
        """Take note that another process ended the session of this digest."""
        self._forget(key)

    async def refresh(self, key: bytes) -> None:
        """Read a cached session anew, which another process has changed."""
        known = self._known.get(key)
        if known is not None and known.session.id is not None:
            known.seen_at = -inf
            await self._look(known.session.id, key, self._sources.now())

    async def is_stored(self, key: bytes) -> bool:
        """Whether the session of this digest is in the store."""
        return await self._store.find_mcp_session(key, now=self._sources.now()) is not None

    async def refresh_all(self) -> None:
        """Read all cached sessions anew, after events of other processes were missed, as they are used."""
        for known in self._known.values():
            known.seen_at = -inf

    async def _replace(self, key: bytes, known: _Known) -> bool:
        stored = _stored(known.session)
        known.saving += 1
        try:
            kept = await self._store.replace_mcp_session(key, stored)
        finally:
            known.saving -= 1
        known.content = stored.content
        if not kept:
            self._forget(key)
        return kept

    async def _look(self, session_id: str, key: bytes, now: int) -> _Known | None:
        """The cached session, refreshed from the store after ``LOOKS_AGAIN``; None when the store has none.

        While a write of this process is under way, the cache is newer than the store and used as it is.
        """
        known, at = self._known.get(key), self._sources.monotonic()
        if known is not None and (known.saving or (at - known.seen_at < LOOKS_AGAIN and self.is_alone())):
            return known
        stored = await self._store.find_mcp_session(key, now=now)
        if stored is None:
            self._drop(key)
            return None
        # Two requests may have read it at the same time: they must share one Session object.
        known = self._known.setdefault(key, _Known(_session(session_id, stored), stored.content, at))
        known.seen_at = at
        if stored.content != known.content and not known.saving:
            known.content = stored.content
            _learn(known.session, _session(session_id, stored))
        known.session.expires_at = max(known.session.expires_at, stored.expires_at)
        return known

    def _remember(self, key: bytes, known: _Known) -> None:
        if key in self._ended:
            return
        self._known[key] = known
        self._known.move_to_end(key)
        self._bytes += len(known.content) - self._sizes.get(key, 0)
        self._sizes[key] = len(known.content)
        while len(self._known) > _REMEMBERED or (self._bytes > _REMEMBERED_BYTES and len(self._known) > 1):
            self._drop(next(iter(self._known)))

    def _drop(self, key: bytes) -> None:
        self._known.pop(key, None)
        self._bytes -= self._sizes.pop(key, 0)

    def _forget(self, key: bytes) -> None:
        """Drop a session and mark it as ended, so that a concurrent read does not cache it again."""
        self._ended[key] = None
        _bound(self._ended)
        self._drop(key)


def _nothing(digests: object) -> None:
    """What is called by default: ignores the digests."""


def _learn(session: Session, other: Session) -> None:
    """Copy the fields that can change after ``initialize`` from another copy of the session."""
    session.log_level = other.log_level
    session.subscriptions.clear()
    session.subscriptions.update(other.subscriptions)


def _bound(known: OrderedDict[Any, Any]) -> None:
    while len(known) > _REMEMBERED:
        known.popitem(last=False)


def digest_of(session_id: str) -> bytes:
    """The digest of a session id, by which the store identifies the session."""
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
    return StoredSession(msgspec.json.encode(content).decode(), session.expires_at, session.principal)


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
