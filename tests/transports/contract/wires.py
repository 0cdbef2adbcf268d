"""Channels in the shape of the kit's wire: one line of messages each way, sorted by the request that they belong to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

from attrs import field, frozen

from mcpserver.testing import Client
from mcpserver.testing.wire import Message, Wire

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
CHANGES = (
    "notifications/resources/updated",
    "notifications/tools/list_changed",
    "notifications/resources/list_changed",
    "notifications/prompts/list_changed",
)
Send = Callable[[Message], Awaitable[None]]


@frozen
class Arrival:
    """What stands where an HTTP answer would: nothing is said beside the messages."""

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)


class ChannelWire:
    """``beside`` has what changed without being part of any answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._open: dict[Any, asyncio.Queue[Message]] = {}
        self.beside: asyncio.Queue[Message] = asyncio.Queue()

    async def post(self, message: Message, headers: Mapping[str, str]) -> AsyncIterator[tuple[Message, Arrival]]:
        """The messages up to the answer. Who leaves before it has cancelled (2026-07-28, stdio: cancellation)."""
        if "method" not in message or "id" not in message:
            await self._send(message)
            return
        number, arrived = message["id"], asyncio.Queue[Message]()
        self._open[number] = arrived
        try:
            await self._send(message)
            each: Message = {"method": ""}
            while "method" in each:
                each = await arrived.get()
                if "method" not in each:
                    del self._open[number]
                yield each, Arrival()
        finally:
            if self._open.pop(number, None) is not None:
                await self._send(
                    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}}
                )

    async def read(self, incoming: AsyncIterator[Message]) -> None:
        async for message in incoming:
            with suppress(KeyError):  # the answer to what nobody waits for any more
                self._place(message).put_nowait(message)

    def _place(self, message: Message) -> asyncio.Queue[Message]:
        if "method" not in message:
            return self._open[message["id"]]
        subscription = message.get("params", {}).get("_meta", {}).get(SUBSCRIPTION)
        if subscription is not None:
            return self._open[subscription]
        return self.beside if message["method"] in CHANGES else self._open[next(reversed(self._open))]


class ChannelClient(Client):
    """A client whose stream beside the answers is the channel itself, where it has no subscriptions."""

    @asynccontextmanager
    async def listen(self, **wanted: Any) -> AsyncIterator[AsyncIterator[Message]]:
        if self.is_modern:
            async with super().listen(**wanted) as news:
                yield news
        else:
            yield _each(cast(ChannelWire, self.wire).beside)


@asynccontextmanager
async def channel(send: Send, incoming: AsyncIterator[Message]) -> AsyncIterator[Wire]:
    wire = ChannelWire(send)
    reading = asyncio.create_task(wire.read(incoming))
    try:
        yield cast(Wire, wire)
    finally:
        reading.cancel()
        await asyncio.wait({reading})


async def _each(queue: asyncio.Queue[Message]) -> AsyncIterator[Message]:
    while True:
        yield await queue.get()
