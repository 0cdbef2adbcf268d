"""The stream for messages from a server of 2025 (MCP 2025-11-25, Streamable HTTP: listening for messages from the
server).
"""

import asyncio
from contextlib import suppress
from typing import Protocol

from attrs import define, field

from ...cause_code import CauseCode
from ...errors import FlowError, TooSlow, Unreachable
from ..protocol import EventParser, Options, StrangeAnswer

LINE_OPENS = 1.0
"""How long a server may take to open a line of its own; some say nothing before they have something to say.

In seconds.
"""
DEFAULT_RETRY, DOUBLINGS = 1.0, 4
WORTHWHILE = 10.0
"""A connection that lasted so long, in seconds, was one, whether or not anything was said on it."""
NEVER_OPENED, BROKEN_OFF = (
    "The server keeps no line open on which it could tell of changes.",
    "The line on which the server tells of changes broke off again and again.",
)


def pause_of(parser: EventParser, dry: int, options: Options) -> float:
    """The server says when to come back (SEP-1699).

    Who says "at once" and then has nothing to say is not asked in a whirl.
    """
    told = DEFAULT_RETRY if parser.retry is None else parser.retry
    return max(told, min(options.shortest_retry * 2.0 ** min(dry, DOUBLINGS), options.longest_retry))


class Holder(Protocol):
    """A client that wants the line open, and can open it."""

    options: Options

    async def listen(self, parser: EventParser) -> bool:
        """One connection, to its end.

        False when the server has no line to offer. Raises Unreachable, and others when a person has to help.
        """
        ...


@define(eq=False)
class ListeningStream:
    """One for a session, open as long as somebody holds it.

    ``offered`` is false once the server said that it has none.
    """

    offered: bool = True
    _holders: dict[Holder, None] = field(factory=dict)
    _opened: asyncio.Event = field(factory=asyncio.Event, repr=False)
    _task: "asyncio.Task[None] | None" = field(default=None, repr=False)
    _connection: "asyncio.Task[bool] | None" = field(default=None, repr=False)
    _renewed: bool = False

    def hold(self, holder: Holder) -> "asyncio.Task[None]":
        """Keep it open for one more. The task ends as the line does, and raises why."""
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
        """The server answered: with the line, or that it has none."""
        self._opened.set()

    @property
    def is_open(self) -> bool:
        return self._opened.is_set() and self._connection is not None and not self._connection.done()

    async def settled(self) -> None:
        """Until the line is open or known not to be: some servers drop a question when they have no line to ask it
        on.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._opened.wait(), LINE_OPENS)

    def renew(self) -> None:
        """It belonged to a session that is over; whoever holds it wants one in the new session."""
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
        """Raises FlowError when the line cannot be had, or not be had back."""
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
        """A task of its own, so that a renewal can end the connection and not the line."""
        self._connection = asyncio.create_task(holder.listen(parser))
        await asyncio.wait([self._connection])
        return True if self._connection.cancelled() else self._connection.result()


def _retrieve(task: "asyncio.Task[None]") -> None:
    """Whoever waits for the task hears of its failure; nobody has to."""
    if not task.cancelled():
        task.exception()
