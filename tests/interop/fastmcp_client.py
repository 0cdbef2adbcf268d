"""FastMCP's client with its own OAuth provider, its own callback server, and a person where it would open a window."""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch

from attrs import define, field, frozen
from fastmcp import Client
from fastmcp.client.auth import OAuth
from fastmcp.client.transports import StreamableHttpTransport
from yarl import URL

from tests.interop.sdk import answer
from tests.interop.stranger import Answer, Era, Window


@frozen
class FastConnection:
    client: Client[StreamableHttpTransport]

    @property
    def revision(self) -> str:
        assert self.client.protocol_version is not None
        return self.client.protocol_version

    async def list_tools(self) -> dict[str, dict[str, object]]:
        return {tool.name: tool.model_dump(by_alias=True) for tool in await self.client.list_tools()}

    async def call(self, tool: str, **arguments: object) -> Answer:
        return answer(await self.client.call_tool_mcp(tool, arguments))


@define
class Opener:
    """What ``webbrowser.open`` does here. The client begins to listen for the answer only afterwards, so the person goes as soon as it does."""

    window: Window
    visits: list[asyncio.Task[None]] = field(factory=list)

    def open(self, url: str) -> bool:
        self.visits.append(asyncio.create_task(self._visit(url)))
        return True

    async def _visit(self, url: str) -> None:
        await listener(URL(URL(url).query["redirect_uri"]))
        await self.window.show(url)


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


class Fast:
    """The client of PyPI's ``fastmcp``."""

    @asynccontextmanager
    async def connect(self, mcp_url: str, window: Window, era: Era) -> AsyncIterator[FastConnection]:
        opener = Opener(window)
        with patch.object(webbrowser, "open", opener.open):
            async with Client(mcp_url, auth=OAuth(callback_host="127.0.0.1"), mode=era) as client:
                yield FastConnection(client)
        await asyncio.gather(*opener.visits)
