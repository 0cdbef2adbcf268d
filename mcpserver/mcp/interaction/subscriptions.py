"""Listeners, the topics they want, and events that were not delivered yet (MCP 2026-07-28, patterns: subscriptions)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from attrs import frozen

from ..protocol import Params

TOOLS = "notifications/tools/list_changed"
PROMPTS = "notifications/prompts/list_changed"
RESOURCES = "notifications/resources/list_changed"
UPDATED = "notifications/resources/updated"
TASK = "notifications/tasks"

SLICE, TOLD_COST = 1024, 31
"""How much is done in one turn of the loop: to look at a listener is 1, to wake one up, which then writes, is so
much more: 32 are woken at most.
"""

Topic = tuple[str, str]
"""A notification's method, and what it is about: a URI, a task's id, or nothing."""


@frozen
class Event:
    topic: Topic
    params: Params


class Listener:
    """``wants`` decides by topic.

    What happens again before it was told is told once: nobody who reads slowly makes it grow.
    """

    def __init__(self, wants: Callable[[Topic], bool]) -> None:
        self.wants = wants
        self._pending: dict[Topic, Event] = {}
        self._news = asyncio.Event()
        self._closed = False

    def hear(self, event: Event) -> None:
        self._pending[event.topic] = event
        self._news.set()

    def close(self) -> None:
        """Let ``events`` come to its end, after what is pending."""
        self._closed = True
        self._news.set()

    async def events(self) -> AsyncIterator[Event]:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._pending:
                yield self._pending.pop(next(iter(self._pending)))
                await asyncio.sleep(0)  # however much is pending, the others have their turns
            if self._closed:
                return


class Subscriptions:
    """All that listen, in this process. They are told some at a time, so that ten thousand of them hold up no call."""

    def __init__(self) -> None:
        self._listeners: dict[Listener, None] = {}
        self._pending: dict[Topic, Event] = {}
        self._told: Iterator[tuple[Event, Listener]] = iter(())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._spreading = False

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        """Called in the event loop, as all but ``publish`` is."""
        self._require_loop(asyncio.get_running_loop())
        self._listeners[listener] = None

    def discard(self, listener: Listener) -> None:
        self._listeners.pop(listener, None)

    def publish(self, method: str, about: str = "", params: Params | None = None) -> None:
        """From any thread. What is published again before it was told is told once."""
        if not self._listeners or self._loop is None:
            return
        self._pending[method, about] = Event((method, about), params or {})
        if not self._spreading:
            self._spreading = True
            self._loop.call_soon_threadsafe(self._spread)

    def close(self) -> None:
        """The server stops: every subscription ends gracefully, after what is pending."""
        while self._spreading:
            self._tell_some()
        for listener in self._listeners:
            listener.close()

    def _require_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """A server that is served again, as tests do, leaves nothing to the loop of the time before."""
        if loop is not self._loop:
            self._loop, self._spreading, self._told = loop, False, iter(())
            self._pending.clear()

    def _spread(self) -> None:
        """One slice a turn of the loop."""
        if self._spreading:
            self._tell_some()
        if self._spreading and self._loop is not None:
            self._loop.call_soon(self._spread)

    def _tell_some(self) -> None:
        looked_at = 0
        for event, listener in self._told:
            if listener in self._listeners and listener.wants(event.topic):
                listener.hear(event)
                looked_at += TOLD_COST
            looked_at += 1
            if looked_at >= SLICE:
                return
        self._begin_next()

    def _begin_next(self) -> None:
        """Look for more, once everybody heard of what was published before."""
        if not self._pending:
            self._spreading = False
            return
        event = self._pending.pop(next(iter(self._pending)))
        self._told = iter([(event, listener) for listener in self._listeners])
