"""An application built on the official TypeScript client (application.mjs), as a process of its own."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from tests import provision
from tests.interop.stranger import Answer, Era, Window

Revision = Literal["2025-06-18", "2025-03-26"]
"""Those that this client can be held to."""
APPLICATION = Path(__file__).parent / "application.mjs"
LONGEST_LINE = 1024 * 1024


@frozen
class Conversation:
    """Lines of JSON with the application; pages it wants to show go to the window."""

    process: Process
    window: Window

    async def hear(self) -> dict[str, Any]:
        """What it says next to us. Raises EOFError when it has ended."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            message: dict[str, Any] = json.loads(line)
            if "open" in message:
                await self.window.show(message["open"])
            elif "form" in message:
                self._tell(self.window.fill_in(message["form"]["message"]))
            else:
                return message
        raise EOFError("The application ended; its last words are on standard error.")

    async def ask(self, **order: object) -> Any:
        """Its answer to an order. Raises RuntimeError with the words of what was thrown there."""
        self._tell(order)
        heard = await self.hear()
        if "failure" in heard:
            raise RuntimeError(heard["failure"])
        return heard["answer"]

    def _tell(self, message: Mapping[str, object]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")


@frozen
class TypescriptConnection:
    revision: str
    conversation: Conversation

    async def list_tools(self) -> dict[str, dict[str, object]]:
        return {tool["name"]: tool for tool in await self.conversation.ask(method="list")}

    async def call(self, tool: str, **arguments: object) -> Answer:
        called = await self.conversation.ask(method="call", name=tool, arguments=arguments)
        return answer(called["result"], called["progress"])

    async def wallet(self) -> dict[str, Any]:
        """What the client had its application keep: ``client`` and ``tokens``."""
        kept: dict[str, Any] = await self.conversation.ask(method="wallet")
        return kept

    async def seen(self) -> list[tuple[str, str, int]]:
        """Method, path and status of every request so far."""
        return [(method, path, status) for method, path, status in await self.conversation.ask(method="seen")]

    async def listen(self) -> None:
        """Return once the client would hear of a change."""
        await self.conversation.ask(method="listen")

    async def changed_tools(self) -> set[str]:
        """Their names after the first change that it was told of."""
        return {tool["name"] for tool in await self.conversation.ask(method="changed")}

    async def read(self, uri: str) -> str:
        return text_of((await self.conversation.ask(method="read", uri=uri))["contents"])

    async def prompt(self, name: str, **arguments: str) -> str:
        (message,) = (await self.conversation.ask(method="prompt", name=name, arguments=arguments))["messages"]
        return text_of([message["content"]])


def answer(result: Mapping[str, Any], progress: Sequence[float] = ()) -> Answer:
    """From a CallToolResult as it is on the wire."""
    return Answer(
        result.get("isError", False), text_of(result["content"]), result.get("structuredContent"), tuple(progress)
    )


def text_of(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Of content blocks and resource contents alike."""
    return "\n".join(block["text"] for block in blocks if "text" in block)


class Typescript:
    """The client of npm's ``@modelcontextprotocol/client``; ``document`` is the address that says what the application
    is, if one does.

    Raises LackError when it is not there.
    """

    def __init__(self, document: str | None = None) -> None:
        self.command = [str(provision.node()), str(APPLICATION), str(provision.typescript_client())]
        self.document = [] if document is None else [document]

    @asynccontextmanager
    async def connect(self, mcp_url: str, window: Window, era: Era | Revision) -> AsyncIterator[TypescriptConnection]:
        process = await asyncio.create_subprocess_exec(
            *self.command, mcp_url, era, *self.document, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE
        )
        assert process.stdin is not None
        try:
            conversation = Conversation(process, window)
            connected = (await conversation.hear())["connected"]
            yield TypescriptConnection(connected["revision"], conversation)
        finally:
            process.stdin.close()
            await process.wait()
