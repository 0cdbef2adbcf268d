"""The page that a server provides for a tool, in a sandboxed frame (MCP Apps).

``static/app.js`` passes messages between the frame and these pages.
"""

from aiohttp import web
from markupsafe import escape

from ...errors import FlowError
from ...forms import parsed
from ...integrations import Operation, tool_of
from ...json_text import json_text
from ...results import app_of, may_be_called, mcp_apps
from ...storage import RESOURCE, TOOL, CallRecord, Integration
from ...version import __version__
from ...wire import Tool
from ..http import CONNECTIONS, FRAMES, own_integration, read_form
from .calls import own_call
from .server import asking

routes = web.RouteTableDef()


async def _finished(request: web.Request, integration: Integration) -> CallRecord:
    """The finished tool call in the URL. Raises HTTPNotFound when it is unknown, running, or no tool call."""
    found = await own_call(request, integration)
    if isinstance(found, Operation) or found.kind != TOOL:
        raise web.HTTPNotFound
    return found


def tool_with_app(integration: Integration, name: str) -> tuple[Tool, str] | None:
    """The tool and the URI of its page; None when the tool is unknown or has no page."""
    try:
        tool = tool_of(integration, name)
    except FlowError:
        return None
    uri = app_of(tool)
    return (tool, uri) if uri else None


@routes.get("/frame/{token}")
async def show(request: web.Request) -> web.Response:
    """The document in the frame.

    Its Content-Security-Policy sandboxes it even when it is opened outside a frame.
    """
    integration_id, owner, tool = request.app[FRAMES].find(request.match_info["token"])
    integration = await request.app[CONNECTIONS].store.find_integration(integration_id, owner)
    found = tool_with_app(integration, tool) if integration else None
    if integration is None or found is None:
        raise web.HTTPNotFound
    try:
        async with asking(request, integration, "Show the tool's own page") as client:
            page = mcp_apps.page_of(await client.read_resource(found[1]), found[1])
    except FlowError as error:
        page = mcp_apps.Page(
            f"<!doctype html><title>No page</title><p>{escape(str(error))}</p>", mcp_apps.policy_of({})
        )
    return web.Response(text=page.html, content_type="text/html", headers={"Content-Security-Policy": page.policy})


@routes.get("/integrations/{id}/calls/{call}/app.json")
async def context(request: web.Request) -> web.Response:
    """The host context for the tool's page: this client, the tool, and the arguments and result of the call."""
    integration = await own_integration(request)
    record = await _finished(request, integration)
    found = tool_with_app(integration, record.name)
    if found is None:
        raise web.HTTPNotFound
    tool = {name: value for name, value in found[0].items() if name != "_meta"}
    host = {"name": "webclient", "version": __version__}
    told = {
        "revision": mcp_apps.REVISION,
        "host": host,
        "tool": tool,
        "arguments": record.arguments,
        "result": record.result,
        "problem": record.problem,
    }
    return web.json_response(told, dumps=json_text)


def _refused(message: str, code: int = -32000) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}})


async def _carried_out(request: web.Request, integration: Integration, record: CallRecord) -> web.Response:
    calls = request.app[CONNECTIONS].calls
    try:
        operation = calls.begin(integration, record)
    except FlowError as error:
        return _refused(str(error))
    await operation.settled(request.app[CONNECTIONS].settings.call_timeout)
    if operation.record is None:
        await operation.stop()
        return _refused("The server asks a question that only a person can answer. Call the tool on its own page.")
    if operation.record.result is None:
        return _refused(operation.record.problem)
    return web.json_response({"result": operation.record.result}, dumps=json_text)


@routes.post("/integrations/{id}/calls/{call}/app/call")
async def call(request: web.Request) -> web.Response:
    """Call a tool of the same server, which the person has just allowed the page to call.

    The response has a JSON-RPC ``result`` or ``error``.
    """
    integration, form = await own_integration(request), await read_form(request)
    await _finished(request, integration)
    try:
        tool, arguments = tool_of(integration, form.get("name", "")), parsed(form.get("arguments", "{}"))
    except FlowError as error:
        return _refused(str(error), -32602)
    except ValueError:
        return _refused("The arguments are not valid JSON.", -32602)
    if not may_be_called(tool) or not isinstance(arguments, dict):
        return _refused("This tool may not be called by pages.", -32602)
    return await _carried_out(request, integration, CallRecord(tool["name"], arguments))


@routes.post("/integrations/{id}/calls/{call}/app/read")
async def read(request: web.Request) -> web.Response:
    """Read a resource of the same server. The response has a JSON-RPC ``result`` or ``error``."""
    integration, form = await own_integration(request), await read_form(request)
    await _finished(request, integration)
    return await _carried_out(request, integration, CallRecord(form.get("uri", "")[:2000], kind=RESOURCE))
