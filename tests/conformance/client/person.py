"""Somebody who agrees to everything: the host, and the program around an MCP client."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from webclient.fetcher import Fetcher, Limits
from webclient.mcp.client import MCPClient, Options
from webclient.mcp.protocol.elicitation import mode_of
from webclient.mcp.protocol.host import Progress
from webclient.sources import Sources
from webclient.trace import MemoryHops, Trace
from webclient.wire import (
    ClientCapabilities,
    CreateMessageParams,
    CreateMessageResult,
    ElicitParams,
    ElicitResult,
    ListRootsResult,
)


class Agreeable:
    """Accepts every form as it stands, with its defaults (SEP-1034)."""

    HOME = "file:///home/ada"

    @property
    def capabilities(self) -> ClientCapabilities:
        return {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}

    async def elicit(self, params: ElicitParams) -> ElicitResult:
        if mode_of(params) != "form":
            return {"action": "accept"}
        fields = params["requestedSchema"].get("properties", {})
        return {"action": "accept", "content": {n: each["default"] for n, each in fields.items() if "default" in each}}

    async def sample(self, params: CreateMessageParams) -> CreateMessageResult:
        return {
            "role": "assistant",
            "content": {"type": "text", "text": "Yes."},
            "model": "agreeable",
            "stopReason": "endTurn",
        }

    async def roots(self) -> ListRootsResult:
        return {"roots": [{"uri": self.HOME, "name": "Home"}]}

    async def progress(self, progress: Progress) -> None:
        pass

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        pass


def context() -> dict[str, Any]:
    """What the suite tells of a scenario beside its server's address."""
    given: dict[str, Any] = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}"))
    return given


@asynccontextmanager
async def meeting(url: str, protocol: str = "") -> AsyncIterator[MCPClient]:
    """A client of the server, opened."""
    fetcher = Fetcher(Limits())
    trace = Trace(MemoryHops(os.urandom(32)), "conformance", Sources())
    try:
        async with MCPClient(fetcher, trace, url, host=Agreeable(), options=Options(protocol=protocol)) as client:
            await client.open()
            yield client
    finally:
        await fetcher.close()
