"""The stream for server-initiated messages of revisions of 2025 (MCP 2025-11-25, Streamable HTTP: listening for
messages from the server).
"""

import asyncio
from contextlib import suppress
from typing import Protocol

from attrs import define, field

from ...cause_code import CauseCode
from ...errors import FlowError, TooSlow, Unreachable
from ..protocol import EventParser, Options, StrangeAnswer

LINE_OPENS = 1.0
"""Time in seconds that a server may take to open its stream; some send no response before their first message."""
DEFAULT_RETRY, DOUBLINGS = 1.0, 4
WORTHWHILE = 10.0
"""Number of seconds after which a connection counts as successful, even when nothing was sent on it."""
NEVER_OPENED, BROKEN_OFF = (
    "The server offers no stream on which it could report changes.",
    "The stream on which the server reports changes was interrupted repeatedly.",
)


def pause_of(parser: EventParser, dry: int, options: Options) -> float:
    """Seconds to wait before reconnecting: what the server says (SEP-1699), but at least a minimum that doubles with
    each connection in ``dry`` without an event.
    """
    told = DEFAULT_RETRY if parser.retry is None else parser.retry
    return max(told, min(options.shortest_retry * 2.0 ** min(dry, DOUBLINGS), options.longest_retry))


class Holder(Protocol):
    """A client that wants the stream open, and can open it."""

    options: Options

    async def listen(self, parser: EventParser) -> bool:
        """Open one connection and read it to its end.

        Returns False when the server offers no stream. Raises Unreachable, and other errors when a person has to act.
        """
        ...


@define(eq=False)
class ListeningStream:
    """The listening stream of one session, open as long as it has a holder.

    ``offered`` is False once the server has said that it offers no stream.
    """

    offered: bool = True
    _holders: dict[Holder, None] = field(factory=dict)
    _opened: asyncio.Event = field(factory=asyncio.Event, repr=False)
    _task: "asyncio.Task[None] | None" = field(default=None, repr=False)
    _connection: "asyncio.Task[bool] | None" = field(default=None, repr=False)
    _renewed: bool = False

    def hold(self, holder: Holder) -> "asyncio.Task[None]":
        """Add a holder and open the stream if needed. The returned task ends with the stream, and raises the reason."""
        self._holders[holder] = None
        if self._task is None or self._task.done():
            self._opened.clear()
            self._task = asyncio.create_task(self._keep())
            self._task.add_done_callback(_retrieve)
        return self._task

    async def let_go(self, holder: Holder) -> None:
        self._holders.pop(holder, None)
        if not self._holders and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def opened(self) -> None:
        """Mark that the server has answered: it opened the stream, or offers none."""
        self._opened.set()

    @property
    def is_open(self) -> bool:
        return self._opened.is_set() and self._connection is not None and not self._connection.done()

    async def settled(self) -> None:
        """Wait until the stream is open or known to be unavailable, for at most LINE_OPENS seconds: some servers drop a
        question when they have no stream to send it on.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._opened.wait(), LINE_OPENS)

    def renew(self) -> None:
        """Reconnect in a new session, ending the connection that belongs to the old one."""
        self.offered = True
        if self._connection is not None and not self._connection.done():
            self._opened.clear()
            self._renewed = True
            if self._connection is not asyncio.current_task():
                self._connection.cancel()

    async def _keep(self) -> None:
        try:
            await self._reconnect()
        finally:
            self._opened.set()
            if self._connection is not None:
                self._connection.cancel()
                await asyncio.gather(self._connection, return_exceptions=True)

    async def _reconnect(self) -> None:
        """Keep the stream connected. Raises FlowError when it cannot be opened or restored."""
        parser, fruitless, dry = self._parser(), 0, 0
        failure: FlowError = StrangeAnswer(200, BROKEN_OFF, CauseCode.NO_ANSWER)
        while True:
            holder, before, began = next(reversed(self._holders)), parser.last_id, asyncio.get_running_loop().time()
            offered = True
            try:
                offered = await self._connected(holder, parser)
                failure = StrangeAnswer(200, BROKEN_OFF, CauseCode.NO_ANSWER)
            except (Unreachable, TooSlow) as error:
                failure = error
            renewed, self._renewed = self._renewed, False
            if not offered and not renewed:
                return
            lasted = asyncio.get_running_loop().time() - began >= WORTHWHILE
            fruitless = 0 if lasted or parser.count or parser.last_id != before else fruitless + 1
            dry = 0 if parser.count else dry + 1
            if fruitless >= holder.options.fruitless_reconnections:
                raise failure
            self._opened.clear()
            if not renewed or fruitless > 1:
                await asyncio.sleep(min(pause_of(parser, dry, holder.options), holder.options.longest_retry))
            parser = self._parser() if renewed else parser.resumed()

    def _parser(self) -> EventParser:
        return EventParser(next(reversed(self._holders)).options.longest_event)

    async def _connected(self, holder: Holder, parser: EventParser) -> bool:
        """Run one connection in a task of its own, so that renew() can end the connection without ending the stream."""
        self._connection = asyncio.create_task(holder.listen(parser))
        await asyncio.wait([self._connection])
        return True if self._connection.cancelled() else self._connection.result()


def _retrieve(task: "asyncio.Task[None]") -> None:
    """Mark the task's exception as retrieved, as callers need not await the task."""
    if not task.cancelled():
        task.exception()
