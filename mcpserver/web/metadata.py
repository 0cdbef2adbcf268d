"""Authorization server metadata at every well-known address (RFC 8414 section 3, and OpenID Connect Discovery's name, section 5)."""

from aiohttp import web

from ..oauth.metadata import server_metadata
from .cors import open_to_browsers
from .service import SERVICE

# Clients of 2025-03-26 and careless ones put the MCP endpoint's path behind, or in front; the document is the same.
PATHS = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration/mcp",
    "/mcp/.well-known/oauth-authorization-server",
    "/mcp/.well-known/openid-configuration",
)


async def show(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    document = server_metadata(service.settings, service.scopes, service.keys.algorithms)
    return web.json_response(document, headers={"Cache-Control": "max-age=300"})


def routes() -> list[web.AbstractRouteDef]:
    return [route for path in PATHS for route in open_to_browsers(path, get=show)]
