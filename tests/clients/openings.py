"""How known MCP clients open the endpoint, from their source and their users' logs of autumn 2026; details change,
so this is the one place for them.
"""

from typing import Any

from attrs import frozen

JSON_FIRST = "application/json, text/event-stream"
STREAM_FIRST = "text/event-stream, application/json"
APPS = {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}
TASKS: dict[str, object] = {
    "list": {},
    "cancel": {},
    "requests": {"sampling": {"createMessage": {}}, "elicitation": {"create": {}}},
}


@frozen
class Opening:
    """``probe`` is what it sends without a token, to learn where to sign in: a method and an Accept header.

    ``discovers`` holds the capabilities with which it tries ``server/discover`` first. ``initialize`` has the
    parameters of the handshake; None is a client that needs none. ``ids`` are those of its requests, in order: some
    begin at 0, and one begins again. ``names_revision``: it sends MCP-Protocol-Version after the handshake. ``asks``
    are the lists it asks for, whether or not the server offers them.
    """

    name: str
    probe: tuple[str, str] = ("POST", JSON_FIRST)
    accept: str = JSON_FIRST
    discovers: dict[str, Any] | None = None
    initialize: dict[str, Any] | None = None
    ids: tuple[int, ...] = (0, 1, 2, 3)
    names_revision: bool = True
    asks: tuple[str, ...] = ("tools/list",)


def handshake(name: str, version: str, revision: str, **capabilities: object) -> dict[str, Any]:
    return {"protocolVersion": revision, "capabilities": capabilities, "clientInfo": {"name": name, "version": version}}


OPENINGS = (
    Opening(
        "claude.ai",
        discovers={"extensions": APPS},
        initialize=handshake("claude-ai", "0.1.0", "2025-11-25", extensions=APPS),
        asks=("tools/list", "prompts/list", "resources/list"),
    ),
    Opening("Claude Code", discovers={"roots": {"listChanged": True}, "elicitation": {"form": {}, "url": {}}}),
    Opening("Claude Code, earlier", initialize=handshake("claude-code", "1.0.0", "2025-06-18", roots={})),
    Opening(
        "ChatGPT",
        discovers={"experimental": {"openai/visibility": {"enabled": True}}, "extensions": APPS},
        initialize=handshake(
            "openai-mcp", "1.0.0", "2025-11-25", experimental={"openai/visibility": {"enabled": True}}, extensions=APPS
        ),
        ids=(1, 1, 2, 3),
    ),
    Opening(
        "Cursor",
        initialize=handshake(
            "cursor-vscode",
            "1.0.0",
            "2025-03-26",
            tools=True,
            prompts=False,
            resources=False,
            logging=False,
            roots={"listChanged": False},
        ),
    ),
    Opening(
        "VS Code",
        accept=STREAM_FIRST,
        initialize=handshake(
            "Visual Studio Code",
            "1.140.0",
            "2025-11-25",
            roots={"listChanged": True},
            sampling={},
            elicitation={"form": {}, "url": {}},
            tasks=TASKS,
            extensions=APPS,
        ),
        ids=(1, 2, 3, 4),
        names_revision=False,
        asks=("prompts/list", "tools/list"),
    ),
    Opening(
        "mcp-remote", probe=("GET", JSON_FIRST), initialize=handshake("mcp-remote-fallback-test", "0.0.0", "2025-11-25")
    ),
    Opening(
        "Gemini CLI",
        probe=("HEAD", "application/json"),
        initialize=handshake("gemini-cli-mcp-client", "0.0.1", "2025-11-25", roots={"listChanged": True}),
        asks=("prompts/list", "tools/list"),
    ),
    Opening("FastMCP", probe=("GET", "*/*"), discovers={}),
)
