"""Authorization server metadata at every well-known address (RFC 8414 section 3, and OpenID Connect Discovery's
name, section 5).
"""

import msgspec
from aiohttp import web

from ...oauth.discovery import server_metadata
from ...oauth.protocol import ScopeCatalog
from ...settings import Settings
from ..http import open_to_browsers

# Clients of 2025-03-26 and careless ones put the MCP endpoint's path behind, or in front; the document is the same.
PATHS = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration/mcp",
    "/mcp/.well-known/oauth-authorization-server",
    "/mcp/.well-known/openid-configuration",
)


_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "max-age=300"}
_WRITTEN: web.AppKey[bytes] = web.AppKey("server_metadata", bytes)


async def show(request: web.Request) -> web.StreamResponse:
    return web.Response(body=request.app[_WRITTEN], headers=_HEADERS)


def setup_metadata(app: web.Application, settings: Settings, scopes: ScopeCatalog) -> None:
    """Encode the document once: it does not change while the service runs."""
    app[_WRITTEN] = msgspec.json.encode(server_metadata(settings, scopes))


def routes() -> list[web.AbstractRouteDef]:
    return [route for path in PATHS for route in open_to_browsers(path, get=show)]
