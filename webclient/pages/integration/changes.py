"""The page of changes that a server notifies of, updated live (MCP 2026-07-28, subscriptions)."""

from aiohttp import web

from ...errors import FlowError
from ...integrations import LONGEST_ADDRESS, SAMPLE
from ...storage import Integration
from ..http import ASSISTANT, CONNECTIONS, Context, own_integration, page_of, read_answers, read_form, render, see
from .calls import PATIENCE, model_of
from .questions import answer_from, drafted, question_view
from .server import room

routes = web.RouteTableDef()


def _context(request: web.Request, integration: Integration) -> Context:
    watch = request.app[CONNECTIONS].subscriptions.of(integration)
    questions = [question_view(each) for each in watch.questions.values()] if watch else []
    return {"watch": watch, "questions": questions, "model": model_of(request)}


@routes.get("/integrations/{id}/changes")
async def show(request: web.Request) -> web.Response:
    integration = await own_integration(request)
    return await room(request, integration, "changes", "changes.html", _context(request, integration))


@routes.get("/integrations/{id}/changes.part")
async def fragment(request: web.Request) -> web.Response:
    """The part of the page that changes while the server is watched."""
    integration = await own_integration(request)
    return render(request, "changes_list.html", {"integration": integration, **_context(request, integration)})


@routes.post("/integrations/{id}/changes")
async def begin(request: web.Request) -> web.Response:
    """Watch the server's lists, and the resource at ``uri`` if the form names one."""
    integration, form = await own_integration(request), await read_form(request)
    uri, problem = form.get("uri", "").strip(), ""
    if len(uri) > LONGEST_ADDRESS:
        problem = "This address is too long."
    else:
        try:
            watch = await request.app[CONNECTIONS].subscriptions.begin(integration, uri)
        except FlowError as error:
            problem = str(error)
    if problem:
        return await room(
            request, integration, "changes", "changes.html", _context(request, integration), problem=problem, status=400
        )
    await watch.settled(PATIENCE)
    return see(request, f"{page_of(integration)}/changes")


@routes.post("/integrations/{id}/changes/answer")
async def answer(request: web.Request) -> web.Response:
    """Answer a question that the server asked outside a call, or show it again with a draft or a changed form."""
    integration, answers = await own_integration(request), await read_answers(request)
    watch = request.app[CONNECTIONS].subscriptions.of(integration)
    question = watch.questions.get(answers.get("question", ("",))[0]) if watch else None
    if watch is None or question is None:
        return see(request, f"{page_of(integration)}/changes")
    endpoint = request.app[ASSISTANT].endpoint
    if endpoint and question.method == SAMPLE and answers.get("do") == ("draft",):
        result, view = None, await drafted(question, endpoint)
    else:
        result, view = answer_from(question, answers)
    if result is None:
        context = {**_context(request, integration), "questions": [view]}
        return await room(
            request, integration, "changes", "changes.html", context, status=400 if view["problems"] else 200
        )
    watch.answer(question.id, result)
    return see(request, f"{page_of(integration)}/changes")


@routes.post("/integrations/{id}/changes/stop")
async def stop(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    await request.app[CONNECTIONS].subscriptions.stop(integration)
    return see(request, f"{page_of(integration)}/changes")
