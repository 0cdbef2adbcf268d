"""Parsing of large messages, one at a time, with a turn of the loop between two of them."""

import asyncio

from ...mcp.protocol import JsonRpcMessage, parse

LARGE = 16 * 1024
"""Bytes from which a message waits for its turn; smaller ones are parsed within a few milliseconds."""


class Turns:
    """Serializes the parsing of large messages: one is bounded (``json_bounds``), many at the same moment would add
    up.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def parse(self, body: bytes) -> JsonRpcMessage | list[object]:
        """As ``jsonrpc.parse``. Raises ParseError or InvalidMessage."""
        if len(body) <= LARGE:
            return parse(body)
        async with self._turn:
            await asyncio.sleep(0)  # for whoever became ready while the one before was read
            message = parse(body)
        await asyncio.sleep(0)  # what is made of it takes time as well
        return message
