"""Connecting and disconnecting an integration."""

from collections.abc import Coroutine
from typing import Any

from aiohttp import web

from ...storage import Integration
from ..http import CONNECTIONS, own_integration, page_of, read_form, see

routes = web.RouteTableDef()


async def depart(
    request: web.Request, integration: Integration, connecting: Coroutine[Any, Any, str | None]
) -> web.Response:
    """Redirect to the sign-in if one is needed, else to the integration's page, which shows the progress.

    ``connecting`` returns the address of the sign-in, or None; it goes on in the background when it takes long.
    """
    return see(
        request,
        await request.app[CONNECTIONS].pending_sign_ins.prepare(integration, connecting) or page_of(integration),
    )


@routes.post("/integrations/{id}/connect")
async def connect(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    return await depart(request, integration, request.app[CONNECTIONS].connecting.connect(integration))


@routes.post("/integrations/{id}/move")
async def move(request: web.Request) -> web.Response:
    """Change the integration's address to the one that the server states for itself, and connect there."""
    integration, _ = await own_integration(request), await read_form(request)
    connections = request.app[CONNECTIONS]
    moved = await connections.move(integration)
    return await depart(request, moved, connections.connecting.connect(moved))


@routes.post("/integrations/{id}/disconnect")
async def disconnect(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    confirmed = await request.app[CONNECTIONS].disconnect(integration)
    return see(request, "/?done=disconnected" if confirmed else "/?done=unconfirmed")
