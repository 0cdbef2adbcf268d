"""Fair scheduling of tasks that send many events, so that other calls are answered between them."""

import asyncio
from collections import deque
from weakref import WeakKeyDictionary

EACH_TURN = 24
"""Number of waiting tasks that continue in one turn of the event loop.

Each of them writes an event, which takes some 50 microseconds.
"""


class Turns:
    """The queue of waiting tasks in one event loop, first in, first out."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._calling = False

    async def wait(self) -> None:
        """Wait for a turn, which comes in the next turn of the event loop at the earliest."""
        turn = self._loop.create_future()
        self._waiting.append(turn)
        if not self._calling:
            self._calling = True
            self._loop.call_soon(self._call)
        await turn

    def _call(self) -> None:
        called = 0
        while self._waiting and called < EACH_TURN:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                called += 1
        self._calling = bool(self._waiting)
        if self._calling:
            self._loop.call_soon(self._call)


_TURNS: "WeakKeyDictionary[asyncio.AbstractEventLoop, Turns]" = WeakKeyDictionary()


async def turn() -> None:
    """Wait for a turn among all waiting tasks of the running event loop."""
    loop = asyncio.get_running_loop()
    turns = _TURNS.get(loop)
    if turns is None:
        turns = _TURNS[loop] = Turns(loop)
    await turns.wait()
