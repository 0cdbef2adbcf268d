"""Who looks at an integration hears at once what changed about it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from attrs import define, field

MOST_WAITING = 64


@define(eq=False)
class Listener:
    """The names of parts that changed, each once until it is taken: a slow reader misses repetitions, never a change."""

    _parts: dict[str, None] = field(factory=dict)
    _arrived: asyncio.Event = field(factory=asyncio.Event)
    _closed: bool = False

    def close(self) -> None:
        self._closed = True
        self._arrived.set()

    def put(self, part: str) -> None:
        if len(self._parts) < MOST_WAITING:
            self._parts[part] = None
        self._arrived.set()

    async def parts(self) -> AsyncIterator[str]:
        """Ends when the feed is closed."""
        while not self._closed:
            await self._arrived.wait()
            self._arrived.clear()
            taken, self._parts = list(self._parts), {}
            for part in taken:
                yield part


@define
class Feed:
    """Within one process. ``topic`` is the id of an integration or a conversation, ``part`` the name of a part of its page: trace, runs, state."""

    _listeners: "defaultdict[str, set[Listener]]" = field(factory=lambda: defaultdict(set))

    def publish(self, topic: str, part: str) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.put(part)

    def close(self) -> None:
        """Let everybody go who listens: the program ends."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.close()

    @contextmanager
    def listen(self, topic: str) -> Iterator[Listener]:
        listener = Listener()
        self._listeners[topic].add(listener)
        try:
            yield listener
        finally:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]
