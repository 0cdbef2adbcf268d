"""Who listens for what, and what they have not been told yet (MCP 2026-07-28, patterns: subscriptions)."""

import asyncio
from collections.abc import AsyncIterator, Callable

from attrs import frozen

from .jsonrpc import Params

TOOLS = "notifications/tools/list_changed"
PROMPTS = "notifications/prompts/list_changed"
RESOURCES = "notifications/resources/list_changed"
UPDATED = "notifications/resources/updated"
TASK = "notifications/tasks"

Topic = tuple[str, str]
"""A notification's method, and what it is about: a URI, a task's id, or nothing."""


@frozen
class Event:
    topic: Topic
    params: Params


class Listener:
    """``wants`` decides by topic. What happens again before it was told is told once: nobody who reads slowly makes it grow."""

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
            if self._closed:
                return


class Subscriptions:
    """All that listen, in this process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def discard(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def publish(self, method: str, about: str = "", params: Params | None = None) -> None:
        event = Event((method, about), params or {})
        for listener in self._listeners:
            if listener.wants(event.topic):
                listener.hear(event)

    def close(self) -> None:
        """The server stops: every subscription ends gracefully."""
        for listener in self._listeners:
            listener.close()
