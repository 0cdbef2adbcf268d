"""The runtimes of all sessions in this process, by session id.

A runtime is closed when its client stays away, or when its holder keeps too much.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from ...mcp.legacy import PendingQuestions, Session, SharedQuestions, digest_of
from ...mcp.protocol import Budget, Holder
from ..http import TIMING, Timing
from .session_runtime import SessionRuntime

KEEP_STREAMS = 300
"""Seconds within which a client that was away can come back for the rest of an answer."""

EASED = 0.9
"""Part of a holder's limit to which its use is reduced, so that room is not made again for every event."""


class SessionRuntimes:
    """All session runtimes of this process. ``keep`` is in seconds, ``clock`` too, and monotonic.

    Closing a runtime does not end the session: its client may go on, and only gets an error when it asks for something
    that was kept.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        timing: Timing = TIMING,
        keep: float = KEEP_STREAMS,
        questions: SharedQuestions | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._timing = timing
        self._keep = keep
        self._clock = clock
        self._swept = clock()
        self._refusal: str | None = None
        self._questions = questions
        self._desks: dict[str, SessionRuntime] = {}
        self._ids: dict[bytes, str] = {}
        self._of: dict[Holder, OrderedDict[str, SessionRuntime]] = {}
        """By holder, the runtime used longest ago first."""

    def __len__(self) -> int:
        return len(self._desks)

    def find(self, session_id: str) -> SessionRuntime | None:
        return self._desks.get(session_id)

    def open(self, session: Session, holder: Holder) -> SessionRuntime:
        """Return the session's runtime, a new one if it has none; without a session id, one for this request alone.

        Raises TooMuch.
        """
        if session.id is None:
            return self._new(session, holder)
        self._sweep()
        desk = self._desks.get(session.id) or self._begin(session, session.id, holder)
        desk.session = session
        self._touch(desk)
        return desk

    def close(self, session_id: str) -> None:
        """Close a runtime; does nothing for an unknown session."""
        desk = self._desks.pop(session_id, None)
        if desk is None:
            return
        del self._ids[digest_of(session_id)]
        own = self._of[desk.holder]
        del own[session_id]
        if not own:
            del self._of[desk.holder]
        self._budget.sessions.add(desk.holder, -1)
        desk.close()

    def find_by_digest(self, digest: bytes) -> SessionRuntime | None:
        """The runtime of the session with this digest of its id."""
        return self._desks.get(self._ids.get(digest, ""))

    def digests(self) -> list[bytes]:
        """The digests of the ids of all sessions that have a runtime."""
        return list(self._ids)

    def close_ended(self, digests: Collection[bytes]) -> None:
        """Close the runtimes of sessions that the store removed, by the digests of their ids."""
        for session_id in [self._ids[digest] for digest in digests if digest in self._ids]:
            self.close(session_id)

    def close_all(self) -> None:
        """Close all runtimes, because the server stops; clients may go on with another server."""
        for session_id in list(self._desks):
            self.close(session_id)

    def close_questions(self, sentence: str) -> None:
        """Refuse every question from now on, in existing and in new runtimes."""
        self._refusal = sentence
        for desk in self._desks.values():
            desk.questions.close(sentence)

    @contextmanager
    def attached(self, desk: SessionRuntime) -> Iterator[None]:
        """Count a connection to the runtime; its end is the time at which the client was last heard of."""
        desk.attached += 1
        try:
            yield
        finally:
            desk.attached -= 1
            self._touch(desk)

    def _touch(self, desk: SessionRuntime) -> None:
        desk.touched = self._clock()
        if desk.session.id in self._desks:
            self._of[desk.holder].move_to_end(desk.session.id)

    def _begin(self, session: Session, session_id: str, holder: Holder) -> SessionRuntime:
        sessions = self._budget.sessions
        if not sessions.has_room(holder):
            self._close_idlest(holder)
        sessions.require(holder)
        sessions.add(holder)
        desk = self._desks[session_id] = self._new(session, holder)
        self._ids[digest_of(session_id)] = session_id
        self._of.setdefault(holder, OrderedDict())[session_id] = desk
        return desk

    def _new(self, session: Session, holder: Holder) -> SessionRuntime:
        desk = SessionRuntime(session, self._timing, holder, lambda size: self._charge(holder, size))
        if self._questions is not None and session.id is not None:
            desk.questions = PendingQuestions(self._questions.mailbox(digest_of(session.id)))
        if self._refusal is not None:
            desk.questions.close(self._refusal)
        return desk

    def _close_idlest(self, holder: Holder) -> None:
        """Close one runtime of the holder that has no connection, preferably one without requests under way."""
        away = [session_id for session_id, desk in self._of.get(holder, {}).items() if not desk.attached]
        idle = (session_id for session_id in away if not self._desks[session_id].running)
        chosen = next(idle, away[0] if away else None)
        if chosen is not None:
            self.close(chosen)

    def _sweep(self) -> None:
        """Close the runtimes, with their requests, whose clients have been away for ``keep`` seconds."""
        now = self._clock()
        if now - self._swept < self._keep:
            return
        self._swept = now
        for session_id in [
            session_id
            for session_id, desk in self._desks.items()
            if not desk.attached and now - desk.touched >= self._keep
        ]:
            self.close(session_id)

    def _charge(self, holder: Holder, size: int) -> None:
        kept = self._budget.kept
        kept.add(holder, size)
        if size > 0 and not kept.has_room(holder, 0):
            self._make_room(holder)

    def _make_room(self, holder: Holder) -> None:
        """Drop what is kept for this holder until it is below its limit.

        In this order: ended streams that nobody reads, all but the newest event of unread streams, unread streams, and
        all streams; in each step, those of the runtime used longest ago first.
        """
        kept = self._budget.kept
        for give_up in (
            SessionRuntime.forget_ended,
            SessionRuntime.lose_unread,
            SessionRuntime.forget_unread,
            SessionRuntime.forget_all,
        ):
            for desk in list(self._of.get(holder, {}).values()):
                for _ in give_up(desk):
                    if kept.held(holder) <= EASED * kept.allowed(holder):
                        return
