"""An application's own loopback callback (RFC 8252 section 7.3)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field
from yarl import URL


@define
class Callback:
    """``url`` is the redirect URI; ``receive()`` gives the query of the next answer that comes there."""

    url: str = ""
    _arrived: "asyncio.Queue[Mapping[str, str]]" = field(factory=asyncio.Queue)

    async def receive(self) -> Mapping[str, str]:
        return await asyncio.wait_for(self._arrived.get(), 10)

    async def handle(self, request: web.Request) -> web.Response:
        self._arrived.put_nowait(dict(request.query))
        return web.Response(text="Thank you. You can close this page.")


async def listener(url: URL) -> None:
    """Return once somebody listens there. Nothing tells us when a server of somebody else's begins to."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection(url.host, url.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return await writer.wait_closed()


@asynccontextmanager
async def listening() -> AsyncIterator[Callback]:
    """A callback on a free port of 127.0.0.1."""
    callback = Callback()
    application = web.Application()
    application.router.add_get("/callback", callback.handle)
    async with TestServer(application, host="127.0.0.1") as server:
        callback.url = str(server.make_url("/callback"))
        yield callback
