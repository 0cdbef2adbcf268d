"""An application with a page and a table of its own, as an author writes it."""

from aiohttp import web

from mcpserver import MCPServer
from mcpserver.application import Application, Host
from mcpserver.store import Statement

SCOPES = {"shop:read": "See what is sold"}


async def open_shop(host: Host) -> Application:
    """Two things are for sale."""
    if not await host.database.fetch("SELECT name FROM sqlite_master WHERE name = 'goods'"):
        await host.database.apply(Statement("CREATE TABLE IF NOT EXISTS goods (name TEXT PRIMARY KEY)"))
    server = MCPServer("Shop", scopes=SCOPES)

    @server.tool(scope="shop:read")
    def goods() -> list[str]:
        """List what is sold."""
        return ["tea", "coffee"]

    async def show(request: web.Request) -> web.Response:
        return web.Response(text="tea, coffee")

    return Application(server, routes=(web.get("/goods", show),), headline="A shop")


async def open_ruin(host: Host) -> Application:
    """Raise an error of the author's."""
    raise LookupError("no goods")


async def open_nothing(host: Host) -> int:
    """Return something else."""
    return 3
