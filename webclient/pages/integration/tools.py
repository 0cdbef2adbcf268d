"""The tools of a server: the list, and for each tool a form made from its schema."""

from aiohttp import web

from ...errors import FlowError
from ...forms import (
    Answers,
    BadArguments,
    arguments_from,
    as_json,
    checked,
    edited,
    fields_of,
    fresh_answers,
    from_json,
    plan,
    refilled,
    written_as_json,
)
from ...integrations import tool_of
from ...oauth import WITHOUT_PERSON
from ...oauth.protocol import Tokens
from ...storage import TOOL, CallRecord, Integration
from ...wire import Tool
from ..http import CONNECTIONS, Context, own_integration, page_of, read_answers, read_form, render, see
from .calls import PATIENCE, page_of_call
from .server import room

routes = web.RouteTableDef()
HINTS = (
    ("readOnlyHint", True, "reads only"),
    ("destructiveHint", True, "may destroy"),
    ("openWorldHint", True, "reaches out"),
)


def badges(tool: Tool) -> list[str]:
    """The annotations of a tool in words (MCP 2026-07-28, ToolAnnotations). They are hints, not guarantees."""
    notes = tool.get("annotations", {})
    return [
        words
        for name, value, words in HINTS
        if notes.get(name) is value and not (name == "destructiveHint" and notes.get("readOnlyHint") is True)
    ]


def _matches(tool: Tool, wanted: str) -> bool:
    texts = (tool["name"], tool.get("title", ""), tool.get("description", ""))
    return not wanted or any(wanted.lower() in text.lower() for text in texts)


async def tools_context(request: web.Request, integration: Integration) -> Context:
    wanted = request.query.get("q", "").strip()[:200]
    tokens = await request.app[CONNECTIONS].store.find_tokens(integration.id)
    shown = [{**tool, "badges": badges(tool)} for tool in integration.tools if _matches(tool, wanted)]
    alone = integration.preferences.grant in WITHOUT_PERSON
    return {"tools": shown, "wanted": wanted, "tokens": tokens, "alone": alone, "renewal": renewal(tokens, alone=alone)}


def renewal(tokens: Tokens | None, *, alone: bool) -> str:
    """A sentence about how the access token is renewed. ``alone`` is whether the grant needs no person."""
    if alone:
        return "Automatic: this client requests a new token, and nobody has to sign in"
    return (
        "Automatic, with a refresh token"
        if tokens and tokens.refresh_token
        else "You sign in again when the token expires"
    )


async def tools_page(
    request: web.Request, integration: Integration, *, problem: str = "", status: int = 200
) -> web.Response:
    return await room(
        request,
        integration,
        "tools",
        "tools.html",
        await tools_context(request, integration),
        problem=problem,
        status=status,
    )


@routes.get("/integrations/{id}/tools.part")
async def fragment(request: web.Request) -> web.Response:
    """The part of the page that changes with the state of the connection."""
    integration = await own_integration(request)
    stands = await request.app[CONNECTIONS].access.as_it_stands(integration)
    return render(request, "tools_list.html", {"integration": stands, **await tools_context(request, integration)})


@routes.get("/integrations/{id}")
async def show(request: web.Request) -> web.Response:
    return await tools_page(request, await own_integration(request))


def require_tool(integration: Integration, name: str) -> Tool:
    """The tool of this name. Raises HTTPNotFound when the integration has none."""
    try:
        return tool_of(integration, name)
    except FlowError as error:
        raise web.HTTPNotFound(text=str(error)) from None


async def tool_page(
    request: web.Request,
    integration: Integration,
    tool: Tool,
    answers: Answers,
    problems: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    context = {
        "tool": tool,
        "badges": badges(tool),
        "form": fields_of(plan(tool["inputSchema"]), answers, problems),
        "as_json": as_json(answers),
        "json": answers.get("json", ("",))[0],
        "whole_problem": (problems or {}).get(""),
    }
    return await room(request, integration, "tools", "tool.html", context, status=status)


@routes.get("/integrations/{id}/tool")
async def show_tool(request: web.Request) -> web.Response:
    """Show the form of a tool. The query parameter ``call`` is the id of an earlier call whose arguments fill it."""
    integration = await own_integration(request)
    tool = require_tool(integration, request.query.get("name", ""))
    node = plan(tool["inputSchema"])
    earlier = await request.app[CONNECTIONS].store.calls.find(integration.id, request.query.get("call", ""))
    fits = earlier is not None and (earlier.kind, earlier.name) == (TOOL, tool["name"])
    return await tool_page(
        request,
        integration,
        tool,
        refilled(node, earlier.arguments) if fits and earlier else fresh_answers(tool["inputSchema"], node),
    )


@routes.post("/integrations/{id}/call")
async def call(request: web.Request) -> web.Response:
    """Call the tool; when ``do`` names a change of the form, show the changed form instead."""
    integration, answers = await own_integration(request), await read_answers(request)
    tool = require_tool(integration, answers.get("tool", ("",))[0])
    node, change = plan(tool["inputSchema"]), answers.get("do", ("",))[0]
    try:
        if change == "json":
            return await tool_page(request, integration, tool, written_as_json(node, answers))
        if change == "form":
            return await tool_page(request, integration, tool, from_json(node, answers))
        changed = edited(answers, change)
        if changed is not None:
            return await tool_page(request, integration, tool, changed)
        arguments = checked(arguments_from(node, answers), tool["inputSchema"])
    except BadArguments as error:
        return await tool_page(request, integration, tool, answers, error.problems, status=400)
    return await begin(request, integration, CallRecord(tool["name"], arguments))


async def begin(request: web.Request, integration: Integration, record: CallRecord) -> web.Response:
    """Start a call, and redirect to its page once it has ended or PATIENCE is over."""
    try:
        operation = request.app[CONNECTIONS].calls.begin(integration, record)
    except FlowError as error:
        return await tools_page(request, integration, problem=str(error), status=429)
    await operation.settled(PATIENCE)
    return see(request, page_of_call(integration, operation.id))


@routes.post("/integrations/{id}/tools")
async def list_again(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    try:
        with request.app[CONNECTIONS].access.trace(integration).deferred_run("List the tools again"):
            await request.app[CONNECTIONS].calls.list_again(integration)
    except FlowError as error:
        return await tools_page(request, integration, problem=str(error), status=502)
    return see(request, page_of(integration))
