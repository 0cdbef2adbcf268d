"""The pages of the assistant: conversations with a model that calls the connected tools, each call after the
user's permission.
"""

from aiohttp import web

from ..assistant import Assistant
from ..errors import FlowError
from ..results import as_html
from ..storage import Conversation, Integration, Turn, Wish
from .http import ASSISTANT, CONNECTIONS, VISITOR, Context, follow, read_answers, read_form, render, see
from .integration import badges

routes = web.RouteTableDef()
PATIENCE = 1.5
"""Seconds that a form post waits for the model, so that a quick answer is on the next page without a script."""


def page_of(conversation: Conversation) -> str:
    return f"/assistant/{conversation.id}"


async def own_conversation(request: web.Request) -> Conversation:
    """The conversation in the URL.

    Raises HTTPNotFound when there is none, when it is another visitor's, or when no model is configured.
    """
    assistant = request.app[ASSISTANT]
    found = (
        await assistant.store.conversations.find(request.match_info["conversation"], request[VISITOR].owner)
        if assistant.endpoint
        else None
    )
    if found is None:
        raise web.HTTPNotFound(text="This conversation no longer exists.")
    return found


@routes.get("/assistant")
async def show_all(request: web.Request) -> web.Response:
    return await start_page(request)


async def start_page(
    request: web.Request,
    *,
    said: str = "",
    chosen: tuple[str, ...] | None = None,
    problem: str = "",
    notice: str | None = None,
    status: int = 200,
) -> web.Response:
    """The page with the list of conversations and the form that begins one; without a model, how to configure one.

    ``said`` and ``chosen`` prefill the form: the message and the ids of the ticked integrations (None ticks all).
    """
    assistant, owner = request.app[ASSISTANT], request[VISITOR].owner
    if assistant.endpoint is None:
        return render(request, "assistant_off.html", {"settings": request.app[CONNECTIONS].settings})
    bearers = await assistant.tool_bearers(owner)
    context = {
        "endpoint": assistant.endpoint,
        "conversations": [(each, assistant.thinking(each)) for each in await assistant.store.conversations.of(owner)],
        "bearers": bearers,
        "chosen": {each.id for each in bearers} if chosen is None else set(chosen),
        "said": said,
        "problem": problem,
        "notice": notice or ("The conversation was deleted." if request.query.get("done") == "deleted" else None),
    }
    return render(request, "assistant.html", context, status=status)


@routes.post("/assistant")
async def begin(request: web.Request) -> web.Response:
    answers = await read_answers(request)
    assistant, said, chosen = request.app[ASSISTANT], answers.get("text", ("",))[0], answers.get("integration", ())
    if assistant.endpoint is None:
        return see(request, "/assistant")
    try:
        conversation = await assistant.begin(request[VISITOR].owner, said, chosen)
    except FlowError as error:
        return await start_page(request, said=said, chosen=chosen, problem=str(error), status=400)
    await assistant.settled(conversation, PATIENCE)
    return see(request, page_of(conversation))


async def conversation_view(request: web.Request, conversation: Conversation) -> Context:
    """The context of the conversation templates."""
    assistant = request.app[ASSISTANT]
    mine = await assistant.store.integrations_of(conversation.owner)
    by_id = {each.id: each for each in mine}
    return {
        "conversation": conversation,
        "endpoint": assistant.endpoint,
        "turns": [_turn_view(assistant, turn, by_id) for turn in conversation.turns],
        "thinking": assistant.thinking(conversation),
        "offered": [by_id[each].name for each in conversation.integrations if each in by_id],
    }


def _turn_view(assistant: Assistant, turn: Turn, integrations: dict[str, Integration]) -> Context:
    html = as_html(turn.text) if turn.role == "assistant" and turn.text else None
    return {
        "role": turn.role,
        "model": turn.model,
        "text": turn.text,
        "html": html,
        "wishes": [_wish_view(assistant, each, integrations) for each in turn.wishes],
    }


def _wish_view(assistant: Assistant, wish: Wish, integrations: dict[str, Integration]) -> Context:
    integration = integrations.get(wish.integration_id)
    tools = integration.tools if integration else ()
    tool = next((each for each in tools if each["name"] == wish.tool), None)
    operation = assistant.calls.operations.find(integration, wish.call_id) if integration and wish.call_id else None
    return {
        "wish": wish,
        "badges": badges(tool) if tool else [],
        "asks": bool(operation and operation.questions),
        "call": f"/integrations/{wish.integration_id}/calls/{wish.call_id}" if integration and wish.call_id else "",
    }


async def conversation_page(
    request: web.Request, conversation: Conversation, *, said: str = "", problem: str = "", status: int = 200
) -> web.Response:
    context = {**await conversation_view(request, conversation), "said": said, "refused": problem}
    return render(request, "conversation.html", context, status=status)


@routes.get("/assistant/{conversation}")
async def show(request: web.Request) -> web.Response:
    return await conversation_page(request, await own_conversation(request))


@routes.get("/assistant/{conversation}/state")
async def fragment(request: web.Request) -> web.Response:
    """The part of the page that changes while the assistant is working."""
    return render(request, "conversation_state.html", await conversation_view(request, await own_conversation(request)))


@routes.get("/assistant/{conversation}/events", allow_head=False)
async def events(request: web.Request) -> web.StreamResponse:
    return await follow(request, (await own_conversation(request)).id)


@routes.post("/assistant/{conversation}/say")
async def say(request: web.Request) -> web.Response:
    conversation, form = await own_conversation(request), await read_form(request)
    try:
        await request.app[ASSISTANT].say(conversation, form.get("text", ""))
    except FlowError as error:
        return await conversation_page(request, conversation, said=form.get("text", ""), problem=str(error), status=400)
    return await _look(request, conversation)


@routes.post("/assistant/{conversation}/decide")
async def decide(request: web.Request) -> web.Response:
    conversation, form = await own_conversation(request), await read_form(request)
    await request.app[ASSISTANT].decide(conversation, form.get("wish", ""), allowed=form.get("do") == "allow")
    return await _look(request, conversation)


@routes.post("/assistant/{conversation}/go-on")
async def go_on(request: web.Request) -> web.Response:
    conversation, _ = await own_conversation(request), await read_form(request)
    await request.app[ASSISTANT].go_on(conversation)
    return await _look(request, conversation)


@routes.post("/assistant/{conversation}/stop")
async def stop(request: web.Request) -> web.Response:
    conversation, _ = await own_conversation(request), await read_form(request)
    await request.app[ASSISTANT].stop(conversation)
    return see(request, page_of(conversation) + "#now")


@routes.post("/assistant/{conversation}/delete")
async def delete(request: web.Request) -> web.Response:
    conversation, _ = await own_conversation(request), await read_form(request)
    await request.app[ASSISTANT].forget(conversation)
    return see(request, "/assistant?done=deleted")


async def _look(request: web.Request, conversation: Conversation) -> web.Response:
    await request.app[ASSISTANT].settled(conversation, PATIENCE)
    return see(request, page_of(conversation) + "#now")
