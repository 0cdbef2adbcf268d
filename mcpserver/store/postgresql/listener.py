"""A connection that listens: the server tells it when another process has published events or revoked something."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
from attrs import define, field

from .failures import is_passing

CHANNEL = "mcpserver"
"""The name that the triggers of the tables notify."""
PROVING = 10.0
"""Seconds after which the connection must prove that it still leads to the primary."""
PATIENCE = 2.0
"""Seconds that it has for the proof."""

_log = logging.getLogger(__name__)


@define
class Listener:
    """Waits for notifications. Without ``connect`` (a pooler cannot listen), and while the connection is lost, it waits
    for its time to pass: whoever calls reads the tables then, so that nothing is missed.

    ``monotonic`` gives seconds.
    """

    _connect: Callable[[], Awaitable[Any]] | None
    _monotonic: Callable[[], float]
    _connection: Any = field(default=None, init=False)
    _proven_at: float = field(default=0.0, init=False)
    _told: asyncio.Event = field(factory=asyncio.Event, init=False)
    _renewing: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def wait(self, patience: float) -> None:
        """Return after a notification, or after ``patience`` seconds."""
        if self._connect is not None and self._is_due and (self._renewing is None or self._renewing.done()):
            self._renewing = asyncio.create_task(self._renew(self._connect))
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._told.wait()
        self._told.clear()

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        self._drop()

    @property
    def _is_due(self) -> bool:
        connection = self._connection
        return connection is None or connection.is_closed() or self._monotonic() - self._proven_at > PROVING

    async def _renew(self, connect: Callable[[], Awaitable[Any]]) -> None:
        """Prove the connection or make it anew. The outermost frame of its task, tried again with the next wait."""
        try:
            if not await self._leads_to_primary():
                self._drop()
                self._connection = await connect()
                await self._connection.add_listener(CHANNEL, lambda *_: self._told.set())
                self._told.set()  # what was published before it listened is read now
            self._proven_at = self._monotonic()
        except Exception as error:
            self._drop()
            if not is_passing(error) and not isinstance(error, asyncpg.InterfaceError):
                _log.exception("fault in the connection that listens to PostgreSQL")

    async def _leads_to_primary(self) -> bool:
        if self._connection is None or self._connection.is_closed():
            return False
        try:
            return not await self._connection.fetchval("SELECT pg_is_in_recovery()", timeout=PATIENCE)
        except Exception:
            return False  # lost, or a network that fell silent

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
