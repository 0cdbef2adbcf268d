"""A server with one thing for each line of the contract."""

import asyncio

from attrs import define, field, frozen

from mcpserver import Context, Declined, MCPServer, ToolError

TOOLS = ["greet", "measure", "refuse", "walk", "talk", "name_it", "think", "look_around", "wait"]
MEMO = "memo://one"


@frozen
class Size:
    width: int
    height: int


@frozen
class Name:
    name: str


@define
class Stage:
    """``server`` has pages of two; the events tell how far ``wait`` came."""

    server: MCPServer = field(factory=lambda: MCPServer("contract", version="1", page_size=2))
    begun: asyncio.Event = field(factory=asyncio.Event)
    stopped: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        _tools(self.server)
        _questions(self.server)
        _others(self.server)

        @self.server.tool
        async def wait() -> str:
            """Wait for ever."""
            self.begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.stopped.set()
                raise
            return "never"


def _tools(server: MCPServer) -> None:
    @server.tool
    async def greet(name: str) -> str:
        """Greet."""
        return f"Hello, {name}"

    @server.tool
    async def measure(side: int) -> Size:
        """Measure."""
        return Size(side, 2 * side)

    @server.tool
    async def refuse() -> str:
        """Refuse."""
        raise ToolError("The shop is closed on Sundays.")

    @server.tool
    async def walk(context: Context) -> str:
        """Three steps."""
        for step in (1, 2, 3):
            await context.progress(step, total=3)
        return "there"

    @server.tool
    async def talk(context: Context) -> str:
        """Say a little and a lot."""
        await context.debug("little")
        await context.error("a lot")
        return "said"


def _questions(server: MCPServer) -> None:
    @server.tool
    async def name_it(context: Context) -> str:
        """Ask for a name."""
        try:
            return (await context.elicit(Name, "Which name?")).name
        except Declined as declined:
            return f"({declined.action})"

    @server.tool
    async def think(context: Context) -> str:
        """Ask the model."""
        return (await context.sample("Say hi", max_tokens=10)).text

    @server.tool
    async def look_around(context: Context) -> str:
        """Ask for the roots."""
        return " ".join(root.uri for root in await context.roots())


def _others(server: MCPServer) -> None:
    @server.resource(MEMO, mime_type="text/plain")
    async def memo() -> str:
        return "buy milk"

    @server.resource("note://{number}", mime_type="text/plain")
    async def note(number: int) -> str:
        return f"note {number}"

    @server.prompt
    async def review(language: str) -> str:
        """Review."""
        return f"Review this {language}"

    @server.completion("review", "language")
    async def languages(value: str) -> list[str]:
        return [each for each in ("python", "rust") if each.startswith(value)]
