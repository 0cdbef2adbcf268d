"""FastMCP's client with its own OAuth provider, its own callback server, and a person where it would open a window."""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from attrs import define, field, frozen
from fastmcp import Client
from fastmcp.client.auth import OAuth
from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import StreamableHttpTransport
from yarl import URL

from tests.interop.callback import listener
from tests.interop.sdk import Progress, answer, text_of
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
        progress = Progress()
        return answer(await self.client.call_tool_mcp(tool, arguments, progress_handler=progress.hear), progress)

    async def read(self, uri: str) -> str:
        return text_of(await self.client.read_resource(uri))

    async def prompt(self, name: str, **arguments: str) -> str:
        (message,) = (await self.client.get_prompt(name, arguments)).messages
        return text_of([message.content])


@define
class Opener:
    """What ``webbrowser.open`` and the questions of servers do here.

    The client begins to listen for the sign-in's answer only after it opened the page, so the person goes there as soon
    as it does.
    """

    window: Window
    visits: list[asyncio.Task[None]] = field(factory=list)

    def open(self, url: str) -> bool:
        self.visits.append(asyncio.create_task(self._visit(url)))
        return True

    async def elicit(self, message: str, kind: object, params: object, context: object) -> ElicitResult[Any]:
        return ElicitResult.model_validate(self.window.fill_in(message))

    async def _visit(self, url: str) -> None:
        await listener(URL(URL(url).query["redirect_uri"]))
        await self.window.show(url)


class Fast:
    """The client of PyPI's ``fastmcp``."""

    @asynccontextmanager
    async def connect(self, mcp_url: str, window: Window, era: Era) -> AsyncIterator[FastConnection]:
        opener = Opener(window)
        with patch.object(webbrowser, "open", opener.open):
            async with Client(
                mcp_url, auth=OAuth(callback_host="127.0.0.1"), mode=era, elicitation_handler=opener.elicit
            ) as client:
                yield FastConnection(client)
        await asyncio.gather(*opener.visits)
