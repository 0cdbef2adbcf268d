"""The resources of a server, and its resource templates (MCP 2026-07-28, Resources)."""

from typing import Any

from aiohttp import web
from uritemplate import URITemplate

from ...errors import FlowError
from ...mcp import Listing, MCPClient
from ...storage import CONNECTED, RESOURCE, CallRecord, Integration
from ...wire import Resource, ResourceTemplate
from ..http import Context, own_integration, read_form
from .prompts import MOST_SUGGESTIONS
from .server import asking, described, room
from .tools import begin

routes = web.RouteTableDef()
LONGEST_URI = 4000


def variables_of(template: str) -> list[str]:
    """The variable names of a URI template, in order and once each (RFC 6570 section 2.3); none for a long one."""
    return list(dict.fromkeys(URITemplate(template).variable_names)) if len(template) <= LONGEST_URI else []


async def _both(client: MCPClient) -> tuple[Listing[Resource], Listing[ResourceTemplate]]:
    return await client.list_resources(), await client.list_resource_templates()


async def listed(request: web.Request, integration: Integration) -> Context:
    """The template context with the resources and resource templates; ``lack`` is why there are none."""
    nothing: Context = {"resources": [], "templates": [], "set_aside": [], "lack": "", "completes": False}
    if integration.state != CONNECTED:
        return {**nothing, "lack": "Resources appear here once you are connected."}
    try:
        async with asking(request, integration, "List the resources") as client:
            server = client.server if client.server.capabilities else await client.open()
            if not server.offers("resources"):
                return {**nothing, "lack": "This server offers no resources."}
            found, templates = await _both(client)
    except FlowError as error:
        return {**nothing, "lack": str(error)}
    named = [
        {**described(each, "uriTemplate"), "variables": variables_of(each["uriTemplate"])} for each in templates.items
    ]
    return {
        "resources": [described(each, "uri") for each in found.items],
        "templates": named,
        "set_aside": [*found.set_aside, *templates.set_aside],
        "lack": "",
        "completes": server.offers("completions"),
    }


async def resources_page(
    request: web.Request,
    integration: Integration,
    known: Context | None = None,
    *,
    problem: str = "",
    status: int = 200,
    **filled: Any,
) -> web.Response:
    """The page of resources.

    ``known`` is the result of listed(), if there is one already; ``filled`` are the values typed into a resource
    template so far, and the server's suggestions for it.
    """
    context = {"values": {}, "asked": "", "suggestions": {}, **(known or await listed(request, integration)), **filled}
    return await room(request, integration, "resources", "resources.html", context, problem=problem, status=status)


@routes.get("/integrations/{id}/resources")
async def show(request: web.Request) -> web.Response:
    return await resources_page(request, await own_integration(request))


def _variables(form: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix("var."): value for name, value in form.items() if name.startswith("var.") and value}


async def suggest(request: web.Request, integration: Integration, name: str, form: dict[str, str]) -> web.Response:
    """The page with the server's suggestions for the variable ``name`` of the template in the form.

    The values of the other variables are sent along (MCP 2026-07-28, completion: ref/resource).
    """
    template, values, problem, found = form["template"][:LONGEST_URI], _variables(form), "", list[str]()
    others = {key: value for key, value in values.items() if key != name}
    known = await listed(request, integration)
    try:
        async with asking(request, integration, f"Suggest values for {name[:60]}") as client:
            found = (
                await client.complete({"type": "ref/resource", "uri": template}, name, values.get(name, ""), others)
            )[:MOST_SUGGESTIONS]
    except FlowError as error:
        problem = str(error)
    return await resources_page(
        request, integration, known, problem=problem, values=values, asked=template, suggestions={name: found}
    )


@routes.post("/integrations/{id}/resources/read")
async def read(request: web.Request) -> web.Response:
    """Read the resource at ``uri``, or at ``template`` expanded with the variables in ``var.NAME``.

    When ``do`` is suggest:NAME, show the server's suggestions for that variable.
    """
    integration, form = await own_integration(request), await read_form(request)
    if "template" in form and form.get("do", "").startswith("suggest:"):
        return await suggest(request, integration, form["do"].removeprefix("suggest:"), form)
    uri = (
        URITemplate(form["template"][:LONGEST_URI]).expand({**_variables(form)})
        if "template" in form
        else form.get("uri", "").strip()
    )
    if not uri or len(uri) > LONGEST_URI:
        return await resources_page(request, integration, problem="Enter the address of a resource.", status=400)
    return await begin(request, integration, CallRecord(uri, kind=RESOURCE))
