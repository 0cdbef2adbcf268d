"""A store at which a test decides who comes first: readers wait for one another, or one is held between its read and
its write.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from attrs import define, field

from mcpserver.store import Store


@define
class Held:
    """``has_read`` is set when the one that is held has read; ``release`` lets it go on."""

    has_read: asyncio.Event = field(factory=asyncio.Event)
    release: asyncio.Event = field(factory=asyncio.Event)


@define
class Meeting:
    """Everything else is the store's own."""

    store: Store
    _barriers: dict[str, asyncio.Barrier] = field(factory=dict, init=False)
    _held: dict[str, Held] = field(factory=dict, init=False)

    @asynccontextmanager
    async def gathering(self, verb: str, callers: int) -> AsyncIterator[None]:
        """All ``callers`` have read by ``verb`` before any of them goes on."""
        self._barriers[verb] = asyncio.Barrier(callers)
        try:
            yield
        finally:
            del self._barriers[verb]

    def hold(self, verb: str) -> Held:
        """The next caller of ``verb`` reads, and waits then; those after it do not."""
        self._held[verb] = Held()
        return self._held[verb]

    def __getattr__(self, name: str) -> Any:
        verb, barrier = getattr(self.store, name), self._barriers.get(name)
        if barrier is None and name not in self._held:
            return verb

        async def met(*arguments: Any, **named: Any) -> Any:
            held = self._held.pop(name, None)
            found = await verb(*arguments, **named)
            if held is not None:
                held.has_read.set()
                await held.release.wait()
            if barrier is not None:
                await barrier.wait()
            return found

        return met
