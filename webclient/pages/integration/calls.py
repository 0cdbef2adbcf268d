"""The page of a call, running or finished, with the server's questions; and the history of calls."""

from aiohttp import web

from ...errors import FlowError
from ...integrations import MOST_GRANTS, SAMPLE, Operation
from ...results import SANDBOX, app_of, files_of, shown
from ...storage import PROMPT, RESOURCE, TOOL, CallRecord, Integration
from ..http import (
    ASSISTANT,
    CONNECTIONS,
    FRAMES,
    Context,
    own_integration,
    page_of,
    read_answers,
    read_form,
    render,
    see,
)
from .questions import answer_from, drafted, question_view
from .server import room

routes = web.RouteTableDef()
ROOM_OF = {TOOL: "tools", PROMPT: "prompts", RESOURCE: "resources"}
"""The name of the page (see ``server.ROOMS``) that a call is shown in, by kind of call."""
PATIENCE = 1.5
"""Seconds that a form post waits for its call, so that the result of most calls is on the next page."""


def page_of_call(integration: Integration, call_id: str) -> str:
    return f"{page_of(integration)}/calls/{call_id}"


async def own_call(request: web.Request, integration: Integration) -> Operation | CallRecord:
    """The call in the URL. Raises HTTPNotFound when it is unknown, or no longer stored."""
    found: Operation | CallRecord | None = await request.app[CONNECTIONS].calls.find(
        integration, request.match_info["call"]
    )
    if found is None:
        raise web.HTTPNotFound(text="This call is no longer stored.")
    return found


def call_view(found: Operation | CallRecord) -> Context:
    """The context of the call templates."""
    record = found if isinstance(found, CallRecord) else found.record or found.begun
    running = isinstance(found, Operation) and found.record is None
    context: Context = {
        "call": record,
        "running": running,
        "may_grant": bool(record.missing) and record.attempts < MOST_GRANTS,
        "blocks": shown(record),
        "files": files_of(record),
        "lines": record.log,
        "questions": [],
        "progress": None,
    }
    if isinstance(found, Operation) and running:
        context |= {
            "questions": [question_view(each) for each in found.questions.values()],
            "progress": found.progress_made,
            "lines": list(found.lines),
        }
    return context


async def call_page(
    request: web.Request,
    integration: Integration,
    found: Operation | CallRecord,
    changes: Context | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> web.Response:
    view = call_view(found) | (changes or {})
    has_app = _has_app(integration, view["call"])
    frame = (
        request.app[FRAMES].address(request.app[CONNECTIONS].sources.token(), integration, view["call"].name)
        if has_app
        else ""
    )
    context = {
        **view,
        "app": has_app,
        "frame": frame,
        "sandbox": SANDBOX,
        "fragment": False,
        "model": model_of(request),
    }
    return await room(
        request, integration, ROOM_OF[view["call"].kind], "call.html", context, problem=problem, status=status
    )


def model_of(request: web.Request) -> str:
    """The name of the model that can draft answers to sampling requests; empty when none is configured."""
    endpoint = request.app[ASSISTANT].endpoint
    return endpoint.model if endpoint else ""


def _has_app(integration: Integration, record: CallRecord) -> bool:
    return record.kind == TOOL and any(tool["name"] == record.name and app_of(tool) for tool in integration.tools)


@routes.get("/integrations/{id}/calls/{call}")
async def show(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return await call_page(request, integration, await own_call(request, integration))


@routes.get("/integrations/{id}/calls/{call}/state")
async def fragment(request: web.Request) -> web.Response:
    """The part of the page that changes while the call is running."""
    integration = await own_integration(request)
    view = call_view(await own_call(request, integration))
    context = {
        "integration": integration,
        **view,
        "app": _has_app(integration, view["call"]),
        "fragment": True,
        "model": model_of(request),
    }
    return render(request, "call_state.html", context)


@routes.get("/integrations/{id}/calls/{call}/files/{number:[0-9]{1,3}}")
async def save(request: web.Request) -> web.Response:
    """One file of a result, as a download (RFC 6266).

    It is never shown as a page of this origin, whatever type the server gives.
    """
    found = await own_call(request, await own_integration(request))
    files, number = files_of(found) if isinstance(found, CallRecord) else [], int(request.match_info["number"])
    if not 0 < number <= len(files):
        raise web.HTTPNotFound
    headers = {
        "Content-Disposition": f'attachment; filename="{files[number - 1].name}"',
        "Content-Type": "application/octet-stream",
    }
    return web.Response(body=files[number - 1].data, headers=headers)


@routes.post("/integrations/{id}/calls/{call}/answer")
async def answer(request: web.Request) -> web.Response:
    integration, answers = await own_integration(request), await read_answers(request)
    operation = await own_call(request, integration)
    question = operation.questions.get(answers.get("question", ("",))[0]) if isinstance(operation, Operation) else None
    if question is None or isinstance(operation, CallRecord):
        return see(request, page_of_call(integration, operation.id))
    endpoint = request.app[ASSISTANT].endpoint
    if endpoint and question.method == SAMPLE and answers.get("do") == ("draft",):
        return await call_page(request, integration, operation, {"questions": [await drafted(question, endpoint)]})
    result, view = answer_from(question, answers)
    if result is None:
        return await call_page(
            request, integration, operation, {"questions": [view]}, status=400 if view["problems"] else 200
        )
    operation.answer(question.id, result)
    await operation.settled(PATIENCE)
    return see(request, page_of_call(integration, operation.id))


@routes.post("/integrations/{id}/calls/{call}/cancel")
async def cancel(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    operation = await own_call(request, integration)
    if isinstance(operation, Operation):
        await operation.stop()
    return see(request, page_of_call(integration, operation.id))


@routes.post("/integrations/{id}/calls/{call}/again")
async def again(request: web.Request) -> web.Response:
    """Repeat a call with the same arguments."""
    integration, _ = await own_integration(request), await read_form(request)
    found = await own_call(request, integration)
    record = found if isinstance(found, CallRecord) else found.begun
    try:
        operation = request.app[CONNECTIONS].calls.begin(
            integration, CallRecord(record.name, record.arguments, record.kind)
        )
    except FlowError as error:
        return await call_page(request, integration, found, problem=str(error), status=429)
    await operation.settled(PATIENCE)
    return see(request, page_of_call(integration, operation.id))


@routes.post("/integrations/{id}/calls/{call}/grant")
async def grant(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    found = await own_call(request, integration)
    record = found if isinstance(found, CallRecord) else found.begun
    try:
        return see(request, await request.app[CONNECTIONS].step_up.grant(integration, record))
    except FlowError as error:
        return await call_page(request, integration, record, problem=str(error), status=400)


@routes.get("/integrations/{id}/calls")
async def history(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return await room(request, integration, "activity", "history.html", await history_context(request, integration))


@routes.get("/integrations/{id}/calls.part")
async def history_fragment(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return render(
        request, "history_list.html", {"integration": integration, **await history_context(request, integration)}
    )


async def history_context(request: web.Request, integration: Integration) -> Context:
    connections = request.app[CONNECTIONS]
    return {
        "under_way": connections.calls.operations.of(integration),
        "calls": await connections.store.calls.of(integration.id),
    }
