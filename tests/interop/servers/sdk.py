"""The official Python SDK's server: ``python -m tests.interop.servers.sdk PORT [sse]``, both eras at /mcp, or
HTTP+SSE at /sse.
"""

import asyncio
import sys
from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Elicit, Resolve
from mcp.types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference
from pydantic import BaseModel

server = MCPServer("stranger", instructions="Ask nicely.")


class Sum(BaseModel):
    total: int


class Name(BaseModel):
    name: str


def who() -> Elicit[Name]:
    return Elicit("Who are you?", Name)


@server.tool()
def add(a: int, b: int) -> Sum:
    return Sum(total=a + b)


@server.tool()
def greet(name: Annotated[Name, Resolve(who)]) -> str:
    return f"Hello, {name.name}!"


@server.tool()
async def work(context: Context) -> str:
    for step in (1, 2, 3):
        await context.report_progress(step, 3, f"step {step}")
    return "worked"


@server.tool()
def fail() -> str:
    raise ValueError("out of paper")


@server.tool()
async def change(context: Context) -> str:
    await context.notify_tools_changed()
    return "changed"


@server.tool()
async def sleep() -> str:
    await asyncio.sleep(60)
    return "slept"


@server.resource("note://{number}")
def note(number: str) -> str:
    return f"note {number}"


@server.resource("note://first")
def first() -> str:
    return "the first note"


@server.prompt()
def poem(topic: str) -> str:
    return f"A poem about {topic}, please."


@server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK gives this decorator no types
async def complete(
    ref: PromptReference | ResourceTemplateReference, argument: CompletionArgument, context: CompletionContext | None
) -> Completion | None:
    return Completion(values=[word for word in ("spring", "summer") if word.startswith(argument.value)])


if __name__ == "__main__":
    port = int(sys.argv[1])
    print(f"http://127.0.0.1:{port}", flush=True)
    if sys.argv[2:] == ["sse"]:
        server.run(transport="sse", port=port)
    else:
        server.run(transport="streamable-http", port=port)
