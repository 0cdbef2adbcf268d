"""A server that prints, reads and lingers where it must not disturb."""

import subprocess
import sys
import time
from typing import Annotated, Literal

from mcpserver import MCPServer, User

print("noise while it is loaded")

server = MCPServer("Noisy", version="1.0", scopes={"notes:write": "Write your notes"})
empty = MCPServer("Empty", version="1.0")


@server.tool(scope="notes:write")
def say(
    user: User | None,
    kind: Literal["loud", "low"] = "loud",
    number: int | None = None,
    more: Annotated[dict[str, int] | None, "More"] = None,
) -> str:
    """Say something, and print it too."""
    print("noise while it runs")
    subprocess.run(["echo", "noise of a child"], check=True)
    return (
        f"{user.id} {user.name} {user.email} {sorted(user.scopes)} {sys.stdin.read()!r}"
        if user
        else f"nobody {sys.stdin.read()!r}"
    )


@server.tool(public=True)
def linger() -> str:
    """Sleep, and listen to nobody."""
    time.sleep(60)
    return "late"


@server.resource("note://all", mime_type="text/plain", visible=lambda user: user is not None)
def notes() -> str:
    return "all"


@server.resource("note://{number}", scope="notes:read")
def note(number: int) -> str:
    return str(number)


@server.prompt
def review(code: str, style: str = "kind") -> str:
    return code + style
