"""What a server has to read: its resources, and its templates for more of them (MCP 2026-07-28, Resources)."""

from typing import Any

from aiohttp import web
from uritemplate import URITemplate

from ..errors import FlowError
from ..mcp.client import Listing, MCPClient
from ..models import CONNECTED, RESOURCE, CallRecord, Integration
from .browser import read_form
from .context import CONNECTIONS, own_integration
from .room import described, room
from .tools import begin

routes = web.RouteTableDef()
LONGEST_URI = 4000


def variables_of(template: str) -> list[str]:
    """The names in a URI template, in order (RFC 6570 section 2.3)."""
    return list(dict.fromkeys(URITemplate(template).variable_names)) if len(template) <= LONGEST_URI else []


async def _both(client: MCPClient) -> tuple[Listing, Listing]:
    return await client.list_resources(), await client.list_resource_templates()


async def listed(request: web.Request, integration: Integration) -> dict[str, Any]:
    """The resources and templates, or why they could not be had."""
    nothing: dict[str, Any] = {"resources": [], "templates": [], "set_aside": [], "lack": ""}
    if integration.state != CONNECTED:
        return {**nothing, "lack": "Resources appear here once you are connected."}
    try:
        async with request.app[CONNECTIONS].access.client(integration) as client:
            server = client.server if client.server.capabilities else await client.open()
            if not server.offers("resources"):
                return {**nothing, "lack": "This server offers no resources."}
            found, templates = await _both(client)
    except FlowError as error:
        return {**nothing, "lack": str(error)}
    named = [{**described(each, "uriTemplate"), "variables": variables_of(each["uriTemplate"])} for each in templates.items]
    return {
        "resources": [described(each, "uri") for each in found.items],
        "templates": named,
        "set_aside": [*found.set_aside, *templates.set_aside],
        "lack": "",
    }


@routes.get("/integrations/{id}/resources")
async def show(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return await room(request, integration, "resources", "resources.html", await listed(request, integration))


@routes.post("/integrations/{id}/resources/read")
async def read(request: web.Request) -> web.Response:
    """``uri`` as it is, or a ``template`` with its variables as ``var.NAME``."""
    integration, form = await own_integration(request), await read_form(request)
    values: dict[str, Any] = {name.removeprefix("var."): value for name, value in form.items() if name.startswith("var.") and value}
    uri = URITemplate(form["template"][:LONGEST_URI]).expand(values) if "template" in form else form.get("uri", "").strip()
    if not uri or len(uri) > LONGEST_URI:
        context = await listed(request, integration)
        return await room(request, integration, "resources", "resources.html", context, problem="Enter the address of a resource.", status=400)
    return await begin(request, integration, CallRecord(uri, kind=RESOURCE))
