"""Listeners, their topics, and undelivered events (MCP 2026-07-28, patterns: subscriptions)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from attrs import frozen

from ..protocol import Params

TOOLS = "notifications/tools/list_changed"
PROMPTS = "notifications/prompts/list_changed"
RESOURCES = "notifications/resources/list_changed"
UPDATED = "notifications/resources/updated"
TASK = "notifications/tasks"

SLICE, TOLD_COST = 1024, 31
"""Work units in one turn of the event loop, and the extra units for each listener that is woken and then writes.

Checking a listener is one unit, so that at most 32 listeners are woken in a turn.
"""

Topic = tuple[str, str]
"""A notification's method and its subject: a URI, the digest of a task's id, or the empty string."""


@frozen
class Event:
    """A notification to deliver: its topic and its parameters."""

    topic: Topic
    params: Params


class Listener:
    """The undelivered events of one subscription; ``wants`` selects topics, ``subjects`` lists those with a subject.

    Undelivered events of the same topic are merged into the last, so that a slow reader does not make it grow.
    """

    def __init__(self, wants: Callable[[Topic], bool], subjects: Callable[[], Iterable[Topic]] = tuple) -> None:
        self.wants = wants
        self.subjects = subjects
        self._pending: dict[Topic, Event] = {}
        self._news = asyncio.Event()
        self._closed = False

    def hear(self, event: Event) -> None:
        """Add an event, which replaces an undelivered one of the same topic."""
        self._pending[event.topic] = event
        self._news.set()

    def close(self) -> None:
        """End ``events`` after the undelivered ones."""
        self._closed = True
        self._news.set()

    async def events(self) -> AsyncIterator[Event]:
        """Yield events as they arrive, until ``close``."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._pending:
                yield self._pending.pop(next(iter(self._pending)))
                await asyncio.sleep(0)  # other tasks run between events
            if self._closed:
                return


class Subscriptions:
    """All listeners in this process, notified in slices so that ten thousand of them do not delay calls."""

    def __init__(self) -> None:
        self._relays: list[Callable[[Topic], None]] = []
        self._listeners: dict[Listener, None] = {}
        self._pending: dict[Topic, Event] = {}
        self._told: Iterator[tuple[Event, Listener]] = iter(())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._spreading = False

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        """Add a listener. All methods but ``publish`` must be called in the event loop."""
        self._require_loop(asyncio.get_running_loop())
        self._listeners[listener] = None

    def discard(self, listener: Listener) -> None:
        self._listeners.pop(listener, None)

    def relay_to(self, relay: Callable[[Topic], None]) -> None:
        """Call ``relay`` with the topic of each event that is published here, from the thread that publishes it."""
        self._relays.append(relay)

    def end_relay(self, relay: Callable[[Topic], None]) -> None:
        self._relays.remove(relay)

    def publish(self, method: str, about: str = "", params: Params | None = None) -> None:
        """Publish an event, from any thread; undelivered events of the same topic are merged into the last."""
        for relay in tuple(self._relays):
            relay((method, about))
        self.spread(method, about, params)

    def spread(self, method: str, about: str = "", params: Params | None = None) -> None:
        """Tell the listeners in this process of an event, wherever it was published."""
        if not self._listeners or self._loop is None:
            return
        self._pending[method, about] = Event((method, about), params or {})
        if not self._spreading:
            self._spreading = True
            self._loop.call_soon_threadsafe(self._spread)

    def subjects(self) -> set[Topic]:
        """All topics with a subject that somebody listens to: resources and tasks."""
        return {topic for listener in self._listeners for topic in listener.subjects()}

    def close(self) -> None:
        """End all subscriptions gracefully after undelivered events; called when the server stops."""
        while self._spreading:
            self._tell_some()
        for listener in self._listeners:
            listener.close()

    def _require_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Discard pending events of an earlier event loop, when a server is served again (as in tests)."""
        if loop is not self._loop:
            self._loop, self._spreading, self._told = loop, False, iter(())
            self._pending.clear()

    def _spread(self) -> None:
        """Process one slice and schedule the next for the following turn of the event loop."""
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
        """Begin with the next published event, once all listeners were checked for the last."""
        if not self._pending:
            self._spreading = False
            return
        event = self._pending.pop(next(iter(self._pending)))
        self._told = iter([(event, listener) for listener in self._listeners])
