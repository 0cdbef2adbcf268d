"""A door in front of the service which shows a token for callers that have no way to: the suite's server scenarios
know nothing of OAuth.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, DummyCookieJar, web
from attrs import define, field
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@define
class BearerDoor:
    """Passes every request on unchanged, Host and Origin included; once ``token`` is set, requests to /mcp carry it."""

    behind: URL
    session: ClientSession
    token: str | None = field(default=None, repr=False)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = _end_to_end(request.headers)
        if self.token is not None and request.path == "/mcp":
            headers["Authorization"] = f"Bearer {self.token}"
        url = self.behind.join(request.rel_url)
        async with self.session.request(
            request.method, url, headers=headers, data=await request.read(), allow_redirects=False
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=_end_to_end(answer.headers))
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """RFC 9110 section 7.6.1: what concerns one connection only is not passed on."""
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


@asynccontextmanager
async def standing(port: int, behind: str) -> AsyncIterator[BearerDoor]:
    """A door on 127.0.0.1 at ``port`` for the service at ``behind``."""
    async with ClientSession(auto_decompress=False, cookie_jar=DummyCookieJar()) as session:
        door = BearerDoor(URL(behind), session)
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/{path:.*}", door.handle)
        runner = web.AppRunner(application, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            yield door
        finally:
            await runner.cleanup()
