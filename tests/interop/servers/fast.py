"""FastMCP's server: ``python -m tests.interop.servers.fast PORT``, at /mcp."""

import sys
from dataclasses import dataclass

from fastmcp import Context, FastMCP

server = FastMCP("stranger", instructions="Ask nicely.")


@dataclass
class Sum:
    total: int


@dataclass
class Name:
    name: str


@server.tool
def add(a: int, b: int) -> Sum:
    return Sum(total=a + b)


@server.tool
async def greet(context: Context) -> str:
    answer = await context.elicit("Who are you?", response_type=Name)
    return f"Hello, {answer.data.name}!" if answer.action == "accept" else "Never mind."


@server.tool
async def work(context: Context) -> str:
    for step in (1, 2, 3):
        await context.report_progress(step, 3, f"step {step}")
    return "worked"


@server.tool
def fail() -> str:
    raise ValueError("out of paper")


@server.resource("note://{number}")
def note(number: str) -> str:
    return f"note {number}"


@server.resource("note://first")
def first() -> str:
    return "the first note"


@server.prompt
def poem(topic: str) -> str:
    return f"A poem about {topic}, please."


if __name__ == "__main__":
    port = int(sys.argv[1])
    print(f"http://127.0.0.1:{port}", flush=True)
    server.run(transport="http", port=port, show_banner=False)
