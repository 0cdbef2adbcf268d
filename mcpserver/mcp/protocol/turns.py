"""Who has much to say waits for a turn, so that however many do, calls of others are heard between them."""

import asyncio
from collections import deque
from weakref import WeakKeyDictionary

EACH_TURN = 24
"""How many may go on in one turn of the event loop.

What one does in its turn is to write an event, some 50 microseconds.
"""


class Turns:
    """Of one event loop; first come, first served."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._calling = False

    async def wait(self) -> None:
        """In the next turn of the loop at the earliest."""
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
    """Wait for a turn among all who wait in this event loop."""
    loop = asyncio.get_running_loop()
    turns = _TURNS.get(loop)
    if turns is None:
        turns = _TURNS[loop] = Turns(loop)
    await turns.wait()
