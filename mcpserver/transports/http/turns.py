"""Large messages, read one after the other: between two of them everybody else has a turn."""

import asyncio

from ...mcp.protocol.jsonrpc import Message, parse

LARGE = 16 * 1024
"""Bytes. What is smaller is read within a few milliseconds, whatever it holds."""


class Turns:
    """Reading one message is bounded (``json_bounds``); many at the same moment are, together, as long as they are many."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def parse(self, body: bytes) -> Message | list[object]:
        """As ``jsonrpc.parse``. Raises ParseError or InvalidMessage."""
        if len(body) <= LARGE:
            return parse(body)
        async with self._turn:
            await asyncio.sleep(0)  # for whoever became ready while the one before was read
            message = parse(body)
        await asyncio.sleep(0)  # what is made of it takes time as well
        return message
