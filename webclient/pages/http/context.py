"""Access to the parts of the application from a handler, and redirects to pages."""

from aiohttp import web

from ...assistant import Assistant
from ...broadcast import Broadcast
from ...integrations import IntegrationService
from ...people import People, Provider
from ...storage import Integration
from .browser import VISITOR
from .place import PLACE

CONNECTIONS: web.AppKey[IntegrationService] = web.AppKey("connections", IntegrationService)
ASSISTANT: web.AppKey[Assistant] = web.AppKey("assistant", Assistant)
PEOPLE: web.AppKey[People] = web.AppKey("people", People)
PROVIDER: web.AppKey[Provider | None] = web.AppKey("provider", Provider)
FEED: web.AppKey[Broadcast] = web.AppKey("feed", Broadcast)


async def own_integration(request: web.Request) -> Integration:
    """The integration in the URL. Raises HTTPNotFound when there is none, or when it belongs to another visitor."""
    found = await request.app[CONNECTIONS].store.find_integration(request.match_info["id"], request[VISITOR].owner)
    if found is None:
        raise web.HTTPNotFound
    return found


def see(request: web.Request, location: str) -> web.Response:
    """A redirect with status 303 (RFC 9110 section 15.4.4).

    ``location`` is the path of one of these pages, or the URL of another server.
    """
    base = request.app[PLACE].base_of(request) if location.startswith("/") else ""
    return web.Response(status=303, headers={"Location": base + location})


def page_of(integration: Integration) -> str:
    return f"/integrations/{integration.id}"
