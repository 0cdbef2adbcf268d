"""Parsing of large messages, one at a time, with a turn of the event loop between two of them."""

import asyncio

from ...mcp.protocol import JsonRpcMessage, parse

LARGE = 16 * 1024
"""Bytes above which a message waits for its turn; smaller ones are parsed within a few milliseconds."""


class Turns:
    """Serializes the parsing of large messages.

    The time for one is bounded (``json_bounds``), but many at the same moment would add up.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def parse(self, body: bytes) -> JsonRpcMessage | list[object]:
        """Parse a message, as ``jsonrpc.parse`` does. Raises ParseError or InvalidMessage."""
        if len(body) <= LARGE:
            return parse(body)
        async with self._turn:
            await asyncio.sleep(0)  # lets tasks run that became ready while the previous message was parsed
            message = parse(body)
        await asyncio.sleep(0)  # lets others run before the message is handled, which takes time as well
        return message
