"""Resources: text, bytes, a template and one to watch."""

from typing import Any

from mcpserver import MCPServer

from .samples import PNG

server = MCPServer("Resources")


@server.resource("test://static-text", title="Static text", mime_type="text/plain", ttl=60)
async def static_text() -> str:
    """Text that stays."""
    return "This is the content of the static text resource."


@server.resource("test://static-binary", title="Static image", mime_type="image/png")
async def static_binary() -> bytes:
    """An image that stays."""
    return PNG


@server.resource("test://watched-resource", mime_type="text/plain")
async def watched_resource() -> str:
    """What clients subscribe to."""
    return "Watched resource content"


@server.resource("test://template/{id}/data", title="By number", mime_type="application/json")
async def template(id: str) -> dict[str, Any]:  # noqa: A002 - the suite's name for it
    """What belongs to an id."""
    return {"id": id, "templateTest": True, "data": f"Data for ID: {id}"}
