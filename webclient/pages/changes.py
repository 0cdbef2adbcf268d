"""What a server tells of changes, as it happens (MCP 2026-07-28, subscriptions)."""

from typing import Any

from aiohttp import web

from ..errors import FlowError
from ..models import Integration
from ..watches import LONGEST_ADDRESS
from .browser import read_form
from .calls import PATIENCE
from .context import CONNECTIONS, own_integration, page_of, see
from .rendering import render
from .room import room

routes = web.RouteTableDef()


def _context(request: web.Request, integration: Integration) -> dict[str, Any]:
    return {"watch": request.app[CONNECTIONS].watches.of(integration)}


@routes.get("/integrations/{id}/changes")
async def show(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return await room(request, integration, "changes", "changes.html", _context(request, integration))


@routes.get("/integrations/{id}/changes.part")
async def fragment(request: web.Request) -> web.Response:
    """The part that grows."""
    integration = await own_integration(request)
    return render(request, "changes_list.html", {"integration": integration, **_context(request, integration)})


@routes.post("/integrations/{id}/changes")
async def begin(request: web.Request) -> web.Response:
    """Watch the server's lists, and the resource at ``uri`` where one is named."""
    integration, form = await own_integration(request), await read_form(request)
    uri, problem = form.get("uri", "").strip(), ""
    if len(uri) > LONGEST_ADDRESS:
        problem = "This address is too long."
    else:
        try:
            watch = await request.app[CONNECTIONS].watches.begin(integration, uri)
        except FlowError as error:
            problem = str(error)
    if problem:
        return await room(request, integration, "changes", "changes.html", _context(request, integration), problem=problem, status=400)
    await watch.settled(PATIENCE)
    return see(f"{page_of(integration)}/changes")


@routes.post("/integrations/{id}/changes/stop")
async def stop(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    await request.app[CONNECTIONS].watches.stop(integration)
    return see(f"{page_of(integration)}/changes")
