"""A server whose tools do not end by themselves: ``python -m tests.attacks.lingering PORT SHUTDOWN_TIMEOUT``."""

import asyncio
import sys
import time

from mcpserver import Context, MCPServer

server = MCPServer("Lingering")
begun: list[str] = []


@server.tool
async def count() -> int:
    """How many calls have begun."""
    return len(begun)


@server.tool
def sleep() -> str:
    """Sleep in a thread."""
    begun.append("sleep")
    time.sleep(600)
    return "late"


@server.tool(read_only=True)
async def wait(context: Context) -> str:
    """Wait for ever, after a word."""
    begun.append("wait")
    await context.progress(1)
    await asyncio.Event().wait()
    return "never"


@server.tool
async def finish() -> str:
    """What is done soon after the program was told to end."""
    begun.append("finish")
    await asyncio.sleep(1)
    return "finished"


@server.tool
async def cling() -> str:
    """Take no cancellation for an answer."""
    begun.append("cling")
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            continue


if __name__ == "__main__":
    server.run(auth=None, port=int(sys.argv[1]), shutdown_timeout=int(sys.argv[2]), log_level="info")
