"""Sign-ins that take too long to prepare for one form submission. They continue in the background until the person
takes them up.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from attrs import define, field

from ..errors import unexpected
from ..sources import Sources
from ..storage import Integration
from .credentials import Access

PATIENCE = 4.0
"""Seconds that a form submission waits; most servers answer within that, so that one page is enough."""
LASTS = 300
"""Seconds for which a prepared sign-in can be taken up."""
log = logging.getLogger("webclient")


@define
class PendingSignIns:
    """The sign-ins being prepared, at most one for each integration.

    Each results in the address of the consent page, or None when no sign-in is needed.
    """

    access: Access
    sources: Sources
    patience: float = PATIENCE
    _under_way: "dict[str, asyncio.Task[str | None]]" = field(factory=dict, repr=False)
    _tasks: "set[asyncio.Task[str | None]]" = field(factory=set, repr=False)
    _ready: dict[str, tuple[str, float]] = field(factory=dict, repr=False)

    def is_under_way(self, integration: Integration) -> bool:
        return integration.id in self._under_way

    def is_ready(self, integration: Integration) -> bool:
        """Whether a sign-in is prepared and waits for the person to take it up."""
        return integration.id in self._ready

    async def prepare(self, integration: Integration, work: Coroutine[Any, Any, str | None]) -> str | None:
        """Start ``work`` and return the address of the consent page if it is known within ``patience`` seconds, else
        None.

        When a preparation is under way or has finished already, its result is used and ``work`` is closed.
        """
        waiting, url = self._under_way.get(integration.id), self._take(integration)
        if waiting or url:
            work.close()
        if url:
            return url
        task = waiting or self._start(integration, work)
        done, _ = await asyncio.wait({task}, timeout=self.patience)
        if not done:
            return None
        self._ready.pop(integration.id, None)
        return None if task.cancelled() else task.result()

    def _take(self, integration: Integration) -> str | None:
        """Remove and return the prepared address; None when it is older than LASTS, as the authorization server may
        have forgotten the request.
        """
        url, since = self._ready.pop(integration.id, (None, 0.0))
        return url if self.sources.monotonic() - since < LASTS else None

    def _start(self, integration: Integration, work: Coroutine[Any, Any, str | None]) -> "asyncio.Task[str | None]":
        task = self._under_way[integration.id] = asyncio.create_task(self._carry_out(integration, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry_out(self, integration: Integration, work: Coroutine[Any, Any, str | None]) -> str | None:
        try:
            url = await work
            if url:
                self._ready[integration.id] = (url, self.sources.monotonic())
            return url
        except Exception:
            await self._failed(integration)
            return None
        finally:
            if self._under_way.get(integration.id) is asyncio.current_task():
                del self._under_way[integration.id]
            self.access.tell(integration)

    async def _failed(self, integration: Integration) -> None:
        reference = self.sources.token()[:8]
        log.exception("connecting %s failed", reference)
        current = await self.access.store.find_integration(integration.id, integration.owner)
        if current:
            await self.access.fail(current, unexpected(reference))

    def forget(self, integration: Integration) -> None:
        """Drop the prepared sign-in, and cancel one that is being prepared."""
        self._ready.pop(integration.id, None)
        under_way = self._under_way.pop(integration.id, None)
        if under_way:
            under_way.cancel()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
