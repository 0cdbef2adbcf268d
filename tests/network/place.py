"""A web server on loopback behind a name of its own, with a certificate, that counts who connects to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import trustme
from aiohttp import web
from attrs import define, field

from mcpserver.fetching import Fetched, Fetcher
from mcpserver.network import HttpFetcher

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

AUTHORITY = trustme.CA()


@define
class Place:
    """``connected`` counts TCP connections, ``asked`` has the request of each that came so far; ``names`` lead here."""

    host: str
    answer: Answer
    port: int = 0
    connected: int = 0
    asked: list[web.BaseRequest] = field(factory=list)

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        return await self.answer(request)

    def fetcher(self, *, deadline: float = 5.0) -> HttpFetcher:
        """One that finds this place by its name, and takes loopback for the Internet."""

        async def find(host: str) -> list[str]:
            return ["127.0.0.1"]

        return HttpFetcher(
            admits=lambda address: address == "127.0.0.1", resolve=find, tls=trusting(), deadline=deadline
        )


def trusting() -> ssl.SSLContext:
    """Trusts the authority that certifies every place, and nobody else."""
    context = ssl.create_default_context(cafile=None)
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def serving(answer: Answer, *, host: str = "client.example") -> AsyncIterator[Place]:
    place = Place(host, answer)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert(host).configure_cert(context)
    server = web.Server(place.handle)

    def connected() -> asyncio.BaseProtocol:
        place.connected += 1
        return server()

    listener = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0, ssl=context)
    place.port = listener.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        listener.close()
        await server.shutdown(1)
        await listener.wait_closed()


async def said(text: str, *, status: int = 200, **headers: str) -> web.Response:
    return web.Response(
        text=text,
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        content_type="application/json",
    )


@define
class Line:
    """A fetcher that a test exchanges while the service runs."""

    fetcher: Fetcher

    async def get(self, url: str, *, max_size: int) -> Fetched:
        return await self.fetcher.get(url, max_size=max_size)

    async def post(self, url: str, form: Mapping[str, str], *, authorization: str, max_size: int) -> Fetched:
        return await self.fetcher.post(url, form, authorization=authorization, max_size=max_size)

    async def close(self) -> None:
        await self.fetcher.close()

    async def exchange(self, fetcher: Fetcher) -> None:
        await self.fetcher.close()
        self.fetcher = fetcher
