"""One integration: its tools, the last result, and the flow trace beside them."""

from typing import Any

from aiohttp import web

from ..connections import MOST_GRANTS
from ..errors import FlowError
from ..forms import BadArguments, Field, arguments_from, fields_of
from ..models import CallRecord, Integration
from ..results import blocks
from .browser import read_form
from .context import CONNECTIONS, own_integration, page_of, see
from .integrations import STATES
from .rendering import render
from .trace import latest_flow

routes = web.RouteTableDef()


def call_view(call: CallRecord | None) -> dict[str, Any] | None:
    """What came of the last call, ready for the page."""
    if call is None:
        return None
    return {
        "tool": call.tool,
        "failed": bool(call.problem) or (call.result or {}).get("isError") is True,
        "problem": call.problem,
        "missing": call.missing,
        "may_grant": bool(call.missing) and call.attempts < MOST_GRANTS,
        "blocks": blocks(call.result) if call.result else [],
    }


def tool_views(integration: Integration, tried: str, values: dict[str, str], problems: dict[str, str]) -> list[dict[str, Any]]:
    """Each tool with its form; the one that was tried keeps what the person typed."""

    def filled(tool: str, field: Field) -> dict[str, Any]:
        mine = tool == tried
        return {"field": field, "value": values.get(field.input, field.value) if mine else field.value, "problem": problems.get(field.name, "") if mine else ""}

    return [
        {**tool, "tried": tool["name"] == tried, "fields": [filled(tool["name"], each) for each in fields_of(tool["inputSchema"])]}
        for tool in integration.tools
    ]


async def integration_page(
    request: web.Request, integration: Integration, values: dict[str, str], problems: dict[str, str], *, problem: str = "", status: int = 200
) -> web.Response:
    store = request.app[CONNECTIONS].store
    call, tokens = await store.find_call(integration.id), await store.find_tokens(integration.id)
    tried = values.get("tool", "")
    context = {
        "integration": integration,
        "state": STATES[integration.state],
        "problem": problem or integration.problem,
        "tools": tool_views(integration, tried, values, problems),
        "call": call_view(call) if not problems else None,
        "tokens": tokens,
        "flow": await latest_flow(request, integration),
    }
    return render(request, "integration.html", context, status=status)


@routes.get("/integrations/{id}")
async def show(request: web.Request) -> web.Response:
    return await integration_page(request, await own_integration(request), {}, {})


@routes.post("/integrations/{id}/call")
async def call(request: web.Request) -> web.Response:
    integration, form = await own_integration(request), await read_form(request)
    tool = next((each for each in integration.tools if each["name"] == form.get("tool")), None)
    if tool is None:
        return await integration_page(request, integration, {}, {}, problem="The server does not offer this tool.", status=400)
    try:
        arguments = arguments_from(tool["inputSchema"], form)
    except BadArguments as error:
        return await integration_page(request, integration, form, error.problems, status=400)
    await request.app[CONNECTIONS].call(integration, tool["name"], arguments)
    return see(page_of(integration) + "#result")


@routes.post("/integrations/{id}/grant")
async def grant(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    try:
        return see(await request.app[CONNECTIONS].grant(integration))
    except FlowError as error:
        return await integration_page(request, integration, {}, {}, problem=str(error), status=400)


@routes.post("/integrations/{id}/connect")
async def connect(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    return see(await request.app[CONNECTIONS].connect(integration) or page_of(integration))


@routes.post("/integrations/{id}/tools")
async def list_again(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    try:
        await request.app[CONNECTIONS].list_again(integration)
    except FlowError as error:
        return await integration_page(request, integration, {}, {}, problem=str(error), status=502)
    return see(page_of(integration))


@routes.post("/integrations/{id}/disconnect")
async def disconnect(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    confirmed = await request.app[CONNECTIONS].disconnect(integration)
    return see("/?done=disconnected" if confirmed else "/?done=unconfirmed")
