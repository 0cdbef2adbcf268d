"""An application's own loopback callback (RFC 8252 section 7.3)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field


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


@asynccontextmanager
async def listening() -> AsyncIterator[Callback]:
    """A callback on a free port of 127.0.0.1."""
    callback = Callback()
    application = web.Application()
    application.router.add_get("/callback", callback.handle)
    async with TestServer(application, host="127.0.0.1") as server:
        callback.url = str(server.make_url("/callback"))
        yield callback
