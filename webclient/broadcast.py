"""Notifications of changes to open pages; none is lost between the rendering of a page and its first connection."""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from attrs import define, field

MOST_WAITING, MOST_REMEMBERED = 64, 1000

MOST_OF_ONE, MOST_LISTENERS = 100, 5000
"""Most listeners at a time: of one person, and in all.

Beyond either limit the oldest listener is closed, of that person or of the one with most; its page reconnects by
itself.
"""

EVERYTHING = "*"
"""Name that stands for all parts of a page, sent to a listener that missed more changes than are remembered."""


def _milliseconds() -> int:
    return int(time.time() * 1000)


@define(eq=False)
class Listener:
    """The names of changed parts, each queued once until it is taken: a slow reader misses repetitions only."""

    _parts: dict[str, int] = field(factory=dict)
    _arrived: asyncio.Event = field(factory=asyncio.Event)
    _closed: bool = False

    def close(self) -> None:
        self._closed = True
        self._arrived.set()

    def put(self, part: str, mark: int) -> None:
        # The newest goes last, so that marks are delivered in ascending order and a reader that names the last mark it
        # received has received all earlier ones.
        # heard all before it.
        self._parts.pop(part, None)
        if len(self._parts) < MOST_WAITING:
            self._parts[part] = mark
        else:
            self._parts = {EVERYTHING: mark}
        self._arrived.set()

    async def parts(self) -> AsyncIterator[tuple[str, int]]:
        """Yields each changed part with the mark of its change. Ends when the listener is closed."""
        while not self._closed:
            await self._arrived.wait()
            self._arrived.clear()
            taken, self._parts = list(self._parts.items()), {}
            for part in taken:
                yield part


@define
class Broadcast:
    """Publishes changes to the listeners within one process.

    ``topic`` is the id of an integration or a conversation, ``part`` the name of a part of its page: trace, runs,
    state.

    ``mark`` numbers the changes. It starts at the current time in milliseconds, so that the marks of an earlier process
    are all smaller.
    """

    mark: int = field(factory=_milliseconds)
    _held: dict[bytes, dict[Listener, None]] = field(factory=dict)
    """Listeners by person, the oldest first."""
    _listeners: "defaultdict[str, set[Listener]]" = field(factory=lambda: defaultdict(set))
    _changed: "OrderedDict[str, dict[str, int]]" = field(factory=OrderedDict)
    _known_since: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._known_since = self.mark

    def publish(self, topic: str, part: str) -> None:
        self.mark += 1
        self._remember(topic, part)
        for listener in self._listeners.get(topic, ()):
            listener.put(part, self.mark)

    def _remember(self, topic: str, part: str) -> None:
        parts = self._changed.setdefault(topic, {})
        parts.pop(part, None)
        parts[part] = self.mark
        if len(parts) > MOST_WAITING:
            self._known_since = max(self._known_since, parts.pop(next(iter(parts))))
        self._changed.move_to_end(topic)
        if len(self._changed) > MOST_REMEMBERED:
            _, forgotten = self._changed.popitem(last=False)
            self._known_since = max(self._known_since, *forgotten.values())

    def close(self) -> None:
        """Close all listeners, at shutdown."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.close()

    @contextmanager
    def listen(self, topic: str, since: int | None = None, *, holder: bytes = b"") -> Iterator[Listener]:
        """Listen to a topic, beginning with what changed after the mark ``since``. ``holder`` identifies the person."""
        listener = Listener()
        if since is not None and not self._known_since <= since <= self.mark:
            listener.put(EVERYTHING, self.mark)
        elif since is not None:
            for part, mark in self._changed.get(topic, {}).items():
                if mark > since:
                    listener.put(part, mark)
        self._listeners[topic].add(listener)
        self._held.setdefault(holder, {})[listener] = None
        self._make_room(holder)
        try:
            yield listener
        finally:
            self._let_go(holder, listener)
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]

    def _make_room(self, holder: bytes) -> None:
        if len(self._held[holder]) > MOST_OF_ONE:
            self._close_oldest(holder)
        elif sum(map(len, self._held.values())) > MOST_LISTENERS:
            self._close_oldest(max(self._held, key=lambda each: len(self._held[each])))

    def _close_oldest(self, holder: bytes) -> None:
        oldest = next(iter(self._held[holder]))
        self._let_go(holder, oldest)
        oldest.close()

    def _let_go(self, holder: bytes, listener: Listener) -> None:
        """Remove a listener, unless it was removed already."""
        own = self._held.get(holder, {})
        own.pop(listener, None)
        if not own:
            self._held.pop(holder, None)
