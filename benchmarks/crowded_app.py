"""The server that ``python -m benchmarks.crowded`` serves: tools of which a caller can ask too much."""

import asyncio

from mcpserver import Context, MCPServer

server = MCPServer("Crowded", scopes={"use": "Use the tools"})


@server.tool(scope="use")
async def greet(name: str) -> str:
    """Greet somebody."""
    return f"Hello, {name}"


@server.tool(scope="use")
async def report(context: Context, times: int) -> int:
    """Report progress without a pause."""
    for number in range(times):
        await context.progress(number + 1)
    return times


@server.tool(scope="use")
async def recite(context: Context, size: int) -> str:
    """Answer on a stream, which is kept."""
    await context.progress(1)
    return "x" * size


@server.tool(scope="use")
async def announce() -> str:
    """Tell every listener that the tools have changed."""
    server.tool(name="passing", scope="use")(greet)
    server.remove_tool("passing")
    return "announced"


@server.tool(scope="use", read_only=True)
async def wait(context: Context) -> str:
    """Wait until the service ends."""
    await context.progress(1)
    await asyncio.Event().wait()
    return "never"
