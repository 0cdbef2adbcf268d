"""The prompts of a server, with their arguments and the server's suggestions for them (MCP 2026-07-28, Prompts,
Completion).
"""

from aiohttp import web

from ...errors import FlowError
from ...storage import CONNECTED, PROMPT, CallRecord, Integration
from ...wire import Prompt, Reference
from ..http import Context, own_integration, read_form
from .server import asking, described, room
from .tools import begin

routes = web.RouteTableDef()
MOST_SUGGESTIONS, LONGEST_VALUE = 100, 2000


def arguments_of(prompt: Prompt) -> list[Context]:
    """``name``, ``title``, ``about``, ``mime`` and ``required`` of each named one of the first 100 arguments."""
    listed = prompt.get("arguments")
    named = (
        [each for each in listed[:100] if isinstance(each, dict) and isinstance(each.get("name"), str)]
        if isinstance(listed, list)
        else []
    )
    return [{**described(each, "name"), "required": each.get("required") is True} for each in named]


async def listed(request: web.Request, integration: Integration) -> Context:
    """The template context with the prompts; ``lack`` is why there are none."""
    nothing: Context = {
        "prompts": [],
        "set_aside": [],
        "lack": "",
        "completes": False,
        "suggestions": {},
        "values": {},
        "asked": "",
    }
    if integration.state != CONNECTED:
        return {**nothing, "lack": "Prompts appear here once you are connected."}
    try:
        async with asking(request, integration, "List the prompts") as client:
            server = client.server if client.server.capabilities else await client.open()
            if not server.offers("prompts"):
                return {**nothing, "lack": "This server offers no prompts."}
            found = await client.list_prompts()
    except FlowError as error:
        return {**nothing, "lack": str(error)}
    prompts = [{**described(each, "name"), "arguments": arguments_of(each)} for each in found.items]
    return {**nothing, "prompts": prompts, "set_aside": found.set_aside, "completes": server.offers("completions")}


@routes.get("/integrations/{id}/prompts")
async def show(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return await room(request, integration, "prompts", "prompts.html", await listed(request, integration))


async def _suggested(
    request: web.Request, integration: Integration, ref: Reference, name: str, form: dict[str, str]
) -> list[str]:
    """The server's suggestions for the argument ``name``, at most MOST_SUGGESTIONS. Raises FlowError."""
    others = {
        key.removeprefix("arg."): value
        for key, value in form.items()
        if key.startswith("arg.") and key != f"arg.{name}" and value
    }
    async with asking(request, integration, f"Suggest values for {name[:60]}") as client:
        return (await client.complete(ref, name, form.get(f"arg.{name}", "")[:LONGEST_VALUE], others))[
            :MOST_SUGGESTIONS
        ]


@routes.post("/integrations/{id}/prompts/get")
async def get(request: web.Request) -> web.Response:
    """Get the prompt; when ``do`` is suggest:ARGUMENT, show the server's suggestions for that argument."""
    integration, form = await own_integration(request), await read_form(request)
    name, change = form.get("prompt", ""), form.get("do", "")
    if change.startswith("suggest:"):
        context = {**await listed(request, integration), "values": form, "asked": name}
        argument, problem = change.removeprefix("suggest:"), ""
        try:
            context["suggestions"] = {
                argument: await _suggested(request, integration, {"type": "ref/prompt", "name": name}, argument, form)
            }
        except FlowError as error:
            problem = str(error)
        return await room(request, integration, "prompts", "prompts.html", context, problem=problem)
    arguments = {key.removeprefix("arg."): value for key, value in form.items() if key.startswith("arg.") and value}
    return await begin(request, integration, CallRecord(name, arguments, PROMPT))
