"""The runtimes of all sessions in this process: found by session, closed when nobody comes back or their owner holds
too much.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from ...mcp.legacy import Session, digest_of
from ...mcp.protocol import Budget, Holder
from ..http import TIMING, Timing
from .session_runtime import SessionRuntime

KEEP_STREAMS = 300
"""Seconds for which a client that stays away may come back for the rest of an answer."""

EASED = 0.9
"""Of what a holder may keep: so much is left when room was made, so that it is not made again for every event."""


class SessionRuntimes:
    """``keep`` in seconds, ``clock`` likewise, monotonic.

    A runtime that is closed ends no session: its client may go on, and only what was kept for it is gone, as it hears
    when it comes for it.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        timing: Timing = TIMING,
        keep: float = KEEP_STREAMS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._timing = timing
        self._keep = keep
        self._clock = clock
        self._swept = clock()
        self._refusal: str | None = None
        self._desks: dict[str, SessionRuntime] = {}
        self._of: dict[Holder, OrderedDict[str, SessionRuntime]] = {}
        """Of each holder, the one that was heard of longest ago first."""

    def __len__(self) -> int:
        return len(self._desks)

    def find(self, session_id: str) -> SessionRuntime | None:
        return self._desks.get(session_id)

    def open(self, session: Session, holder: Holder) -> SessionRuntime:
        """The session's runtime, a new one if it has none; one without an id has one for this request alone.

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
        """What is unknown is closed already."""
        desk = self._desks.pop(session_id, None)
        if desk is None:
            return
        own = self._of[desk.holder]
        del own[session_id]
        if not own:
            del self._of[desk.holder]
        self._budget.sessions.add(desk.holder, -1)
        desk.close()

    def close_ended(self, digests: Collection[bytes]) -> None:
        """Sessions that the store took away, named by the digests of their ids."""
        for session_id in [session_id for session_id in self._desks if digest_of(session_id) in digests]:
            self.close(session_id)

    def close_all(self) -> None:
        """The server stops: clients may come back to another one."""
        for session_id in list(self._desks):
            self.close(session_id)

    def close_questions(self, sentence: str) -> None:
        """Refuse every question from now on, also in runtimes that are yet to begin."""
        self._refusal = sentence
        for desk in self._desks.values():
            desk.questions.close(sentence)

    @contextmanager
    def attached(self, desk: SessionRuntime) -> Iterator[None]:
        """A connection is there, and its end is the last that was heard of the client."""
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
        self._of.setdefault(holder, OrderedDict())[session_id] = desk
        return desk

    def _new(self, session: Session, holder: Holder) -> SessionRuntime:
        desk = SessionRuntime(session, self._timing, holder, lambda size: self._charge(holder, size))
        if self._refusal is not None:
            desk.questions.close(self._refusal)
        return desk

    def _close_idlest(self, holder: Holder) -> None:
        """Of those that no connection waits for: one that does nothing rather than one that works on."""
        away = [session_id for session_id, desk in self._of.get(holder, {}).items() if not desk.attached]
        idle = (session_id for session_id in away if not self._desks[session_id].running)
        chosen = next(idle, away[0] if away else None)
        if chosen is not None:
            self.close(chosen)

    def _sweep(self) -> None:
        """Forget what nobody came back for, and stop what waits for somebody who does not come back."""
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
        """Of this holder's, for it is they who have too much: answers nobody reads, oldest first; then what was said
        on the way; then all that is unread.
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
