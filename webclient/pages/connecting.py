"""Connecting an integration, and letting it go."""

from aiohttp import web

from .browser import read_form
from .context import CONNECTIONS, own_integration, page_of, see

routes = web.RouteTableDef()


@routes.post("/integrations/{id}/connect")
async def connect(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    return see(await request.app[CONNECTIONS].connect(integration) or page_of(integration))


@routes.post("/integrations/{id}/disconnect")
async def disconnect(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    confirmed = await request.app[CONNECTIONS].disconnect(integration)
    return see("/?done=disconnected" if confirmed else "/?done=unconfirmed")
