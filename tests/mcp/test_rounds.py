"""Multi round-trip requests (MCP 2026-07-28, basic: MRTR): a handler asks, the request ends, the retry goes on from
there.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve, frozen

from mcpbase.seal import Seal
from mcpserver import Context, Declined, MCPServer, form, roots, sample
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.legacy.handshake import Handshake, RequestCallbacks, Session
from mcpserver.mcp.protocol.errors import InvalidParams, MissingCapability
from mcpserver.mcp.protocol.jsonrpc import Request

from ..holders import Clock
from .desk import ADA, Desk, text_of, wire

CAPABILITIES: dict[str, Any] = {
    "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
}


@frozen
class Name:
    name: str


def accept(**content: Any) -> dict[str, Any]:
    return {"action": "accept", "content": content}


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def server(calls: list[str]) -> MCPServer:
    server = MCPServer("asking", question_lifetime=60)

    @server.tool
    async def greet(context: Context, greeting: str = "Hello") -> str:
        answer = await context.elicit(Name, "Who are you?", key="user_name")
        return f"{greeting}, {answer.name}!"

    @server.tool
    async def order(context: Context) -> str:
        number = await context.remember("number", new_number)
        if not await context.ask_yes_no(f"Pay order {number}?"):
            return "left"
        place = await context.elicit(Name, "Where to?")
        return f"order {number} to {place.name}"

    def new_number() -> int:
        calls.append("numbered")
        return len(calls)

    @server.tool
    async def everything(context: Context) -> str:
        name, said, folders = await context.ask(
            form(Name, "Who?", key="who"), sample("Say hi", max_tokens=9, key="said"), roots(key="roots")
        )
        return f"{name.name} {said.text} {[folder.uri for folder in folders]}"

    @server.tool
    async def go(context: Context) -> str:
        await context.elicit_url("https://server.example/connect", "Connect your account")
        return "gone"

    @server.tool
    async def swallow(context: Context) -> str:
        try:
            return (await context.elicit(Name, "Who?")).name
        except Declined:
            return "declined"
        except Exception:
            return "swallowed"

    @server.prompt
    async def plan(context: Context) -> str:
        return (await context.elicit(Name, "For whom?", key="whom")).name

    @server.resource("secret://one")
    async def secret(context: Context) -> str:
        return (await context.elicit(Name, "Who reads?", key="reader")).name

    return server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(server: MCPServer, clock: Clock) -> Desk:
    desk = Desk(server)
    desk.peer = Dispatcher(server, seal=Seal(b"s" * 32), sources=clock.sources())
    return desk


async def call(
    desk: Desk, tool: str, *, responses: Mapping[str, Any] | None = None, state: str | None = None, **arguments: Any
) -> dict[str, Any]:
    more = {
        **({} if responses is None else {"inputResponses": responses}),
        **({} if state is None else {"requestState": state}),
    }
    return await desk.ask("tools/call", meta=CAPABILITIES, name=tool, arguments=arguments, **more)


async def test_question_ends_the_request_and_the_retry_answers_it(desk: Desk) -> None:
    """InputRequiredResult, basic workflow."""
    asked = await call(desk, "greet")
    assert asked["resultType"] == "input_required"
    assert asked["inputRequests"]["user_name"]["method"] == "elicitation/create"
    params = asked["inputRequests"]["user_name"]["params"]
    assert params["message"] == "Who are you?"
    assert params["requestedSchema"]["properties"].keys() == {"name"}
    answered = await call(desk, "greet", responses={"user_name": accept(name="Ada")}, state=asked["requestState"])
    assert (answered["resultType"], text_of(answered)) == ("complete", "Hello, Ada!")


async def test_several_rounds_keep_what_was_answered_and_remembered(desk: Desk, calls: list[str]) -> None:
    """The state carries it: no server needs to."""
    first = await call(desk, "order")
    (yes,) = first["inputRequests"]
    second = await call(desk, "order", responses={yes: accept(yes=True)}, state=first["requestState"])
    (where,) = second["inputRequests"]
    assert second["requestState"] != first["requestState"]
    done = await call(desk, "order", responses={where: accept(name="Kyiv")}, state=second["requestState"])
    assert text_of(done) == "order 1 to Kyiv"
    assert calls == ["numbered"]


async def test_several_questions_go_out_at_once(desk: Desk) -> None:
    asked = await call(desk, "everything")
    assert {key: each["method"] for key, each in asked["inputRequests"].items()} == {
        "who": "elicitation/create",
        "said": "sampling/createMessage",
        "roots": "roots/list",
    }
    assert asked["inputRequests"]["said"]["params"] == {
        "messages": [{"role": "user", "content": {"type": "text", "text": "Say hi"}}],
        "maxTokens": 9,
    }
    responses = {
        "who": accept(name="Ada"),
        "said": {"role": "assistant", "content": {"type": "text", "text": "hi"}, "model": "m", "stopReason": "endTurn"},
        "roots": {"roots": [{"uri": "file:///a", "name": "a"}]},
    }
    assert (
        text_of(await call(desk, "everything", responses=responses, state=asked["requestState"]))
        == "Ada hi ['file:///a']"
    )


async def test_part_of_the_answers_is_kept_while_the_rest_is_asked_again(desk: Desk) -> None:
    """MRTR, error handling: what is missing is asked for again."""
    asked = await call(desk, "everything")
    again = await call(desk, "everything", responses={"who": accept(name="Ada")}, state=asked["requestState"])
    assert again["inputRequests"].keys() == {"said", "roots"}
    rest = {
        "said": {"role": "assistant", "content": [{"type": "text", "text": "hi"}], "model": "m"},
        "roots": {"roots": []},
    }
    assert text_of(await call(desk, "everything", responses=rest, state=again["requestState"])) == "Ada hi []"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"wrong_key": accept(name="x")},
        {"user_name": "Ada"},
        {"user_name": {"action": "maybe"}},
        {"user_name": accept(name=7)},
    ],
)
async def test_answer_that_does_not_fit_is_asked_for_again(desk: Desk, wrong: dict[str, Any]) -> None:
    """MRTR, error handling."""
    assert (await call(desk, "greet", responses=wrong))["inputRequests"].keys() == {"user_name"}


async def test_question_says_why_the_answer_before_did_not_fit_and_is_not_asked_for_ever(desk: Desk) -> None:
    """MRTR, error handling; client: elicitation: servers validate what they receive.

    A person who cannot know what is wrong answers the same again.
    """
    asked = await call(desk, "greet")
    for _ in range(2):
        asked = await call(desk, "greet", responses={"user_name": accept(name=7)}, state=asked["requestState"])
        message = asked["inputRequests"]["user_name"]["params"]["message"]
        assert message == "Who are you?\n\nThe answer before did not fit. name: Expected `str`, got `int`."
    failed = await call(desk, "greet", responses={"user_name": accept(name=7)}, state=asked["requestState"])
    assert (failed["isError"], "name: Expected `str`, got `int`" in text_of(failed)) == (True, True)


async def test_good_answer_after_one_that_did_not_fit_goes_on(desk: Desk) -> None:
    asked = await call(desk, "greet", responses={"user_name": {"action": "accept"}})
    done = await call(desk, "greet", responses={"user_name": accept(name="Ada")}, state=asked["requestState"])
    assert text_of(done) == "Hello, Ada!"


async def test_answer_that_is_missing_is_asked_for_without_a_reason(desk: Desk) -> None:
    """MRTR, error handling: nothing was wrong yet."""
    asked = await call(desk, "greet")
    for _ in range(5):
        asked = await call(desk, "greet", responses={"user_name": None}, state=asked["requestState"])
        assert asked["inputRequests"]["user_name"]["params"]["message"] == "Who are you?"


async def test_question_of_an_earlier_revision_is_asked_again_with_the_reason(server: MCPServer) -> None:
    """2025-11-25, client: elicitation: servers should validate that received data matches the requested schema."""
    told: list[str] = []

    async def talk(answers: list[dict[str, Any]]) -> dict[str, Any]:
        async def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
            told.append(params["message"])
            return answers.pop(0)

        request = Request(1, "tools/call", {"name": "greet", "arguments": {}})
        session = Session(client_capabilities={"elicitation": {}})
        return wire(await Handshake(Dispatcher(server)).handle(request, ADA, session, RequestCallbacks(silent, ask)))

    assert text_of(await talk([accept(name=7), accept(name="Ada")])) == "Hello, Ada!"
    assert told == ["Who are you?", "Who are you?\n\nThe answer before did not fit. name: Expected `str`, got `int`."]
    failed = await talk([accept(name=7)] * 3)
    assert (failed["isError"], len(told)) == (True, 5)


async def silent(method: str, params: dict[str, Any]) -> None:
    """Nobody listens."""


async def test_what_was_not_asked_is_ignored(desk: Desk) -> None:
    responses = {"user_name": accept(name="Ada"), "other": accept(a=1)}
    assert text_of(await call(desk, "greet", responses=responses)) == "Hello, Ada!"


@pytest.mark.parametrize(("action", "said"), [("decline", "declined"), ("cancel", "dismissed")])
async def test_declining_is_an_error_the_model_can_read(desk: Desk, action: str, said: str) -> None:
    """Client: elicitation, response actions."""
    result = await call(desk, "greet", responses={"user_name": {"action": action}})
    assert result["isError"] is True
    assert said in text_of(result)


async def test_broad_except_in_a_handler_does_not_eat_the_question(desk: Desk) -> None:
    assert (await call(desk, "swallow"))["resultType"] == "input_required"
    assert text_of(await call(desk, "swallow", responses={"elicitation_create_1": {"action": "decline"}})) == "declined"


async def test_address_to_visit_is_a_question_of_its_own_mode(desk: Desk) -> None:
    """Client: elicitation, URL mode."""
    asked = await call(desk, "go")
    ((key, question),) = asked["inputRequests"].items()
    assert question["params"] == {
        "mode": "url",
        "url": "https://server.example/connect",
        "message": "Connect your account",
    }
    assert text_of(await call(desk, "go", responses={key: {"action": "accept"}}, state=asked["requestState"])) == "gone"


async def test_prompts_and_resources_may_ask_too_and_their_answers_are_not_kept(desk: Desk) -> None:
    """MRTR, supported requests; utilities: caching: what came of answers is not cacheable."""
    prompt = await desk.ask("prompts/get", meta=CAPABILITIES, name="plan", inputResponses={"whom": accept(name="Ada")})
    assert prompt["messages"][0]["content"]["text"] == "Ada"
    asked = await desk.ask("resources/read", meta=CAPABILITIES, uri="secret://one")
    assert asked["resultType"] == "input_required"
    assert "ttlMs" not in asked
    read = await desk.ask(
        "resources/read",
        meta=CAPABILITIES,
        uri="secret://one",
        inputResponses={"reader": accept(name="Ada")},
        requestState=asked["requestState"],
    )
    assert (read["contents"][0]["text"], read["ttlMs"], read["cacheScope"]) == ("Ada", 0, "private")


@pytest.mark.parametrize(
    ("tool", "missing"), [("greet", {"elicitation": {"form": {}}}), ("go", {"elicitation": {"url": {}}})]
)
async def test_t8_client_is_not_asked_what_it_did_not_declare(desk: Desk, tool: str, missing: dict[str, Any]) -> None:
    """Basic: general fields; the refusal names what is missing."""
    with pytest.raises(MissingCapability) as refused:
        await desk.call(tool)
    assert (refused.value.code, refused.value.data) == (-32021, {"requiredCapabilities": missing})


async def test_empty_elicitation_capability_means_forms(desk: Desk) -> None:
    """Client: elicitation, capabilities."""
    empty: dict[str, Any] = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}
    assert (await desk.ask("tools/call", meta=empty, name="greet"))["resultType"] == "input_required"
    with pytest.raises(MissingCapability):
        await desk.ask("tools/call", meta=empty, name="go")


async def state_of(desk: Desk) -> str:
    return str((await call(desk, "greet"))["requestState"])


async def refused(desk: Desk, state: Any, tool: str = "greet", **arguments: Any) -> str:
    with pytest.raises(InvalidParams) as error:
        await call(desk, tool, responses={"user_name": accept(name="Eve")}, state=state, **arguments)
    return error.value.message


@pytest.mark.parametrize(
    "change", [lambda s: s + "x", lambda s: s[:-1], lambda s: s.swapcase(), lambda s: "", lambda s: 7, lambda s: {}]
)
async def test_t12_state_that_was_tampered_with_is_refused(desk: Desk, change: Any) -> None:
    """MRTR, server requirements: integrity."""
    assert "not what this server gave" in await refused(desk, change(await state_of(desk)))


async def test_t12_state_of_another_principal_is_refused(desk: Desk) -> None:
    """MRTR, server requirements: the principal; another client of the same person is another."""
    state = await state_of(desk)
    for other in (evolve(ADA, id="bob"), evolve(ADA, client_id="other"), None):
        desk.user = other
        assert "belongs to another request" in await refused(desk, state)


async def test_t12_state_of_another_request_is_refused(desk: Desk) -> None:
    """MRTR, server requirements: the originating request."""
    state = await state_of(desk)
    assert "belongs to another request" in await refused(desk, state, "swallow")
    assert "belongs to another request" in await refused(desk, state, greeting="Bye")


async def test_t12_state_that_is_too_old_is_refused(desk: Desk, clock: Clock) -> None:
    """MRTR, server requirements: a short expiry."""
    state = await state_of(desk)
    clock.now += 59
    assert text_of(await call(desk, "greet", responses={"user_name": accept(name="Ada")}, state=state)) == "Hello, Ada!"
    clock.now += 1
    assert "too old" in await refused(desk, state)


async def test_t12_state_of_another_server_is_refused(desk: Desk, server: MCPServer) -> None:
    other = Desk(server)
    assert "not what this server gave" in await refused(desk, (await call(other, "greet"))["requestState"])


async def test_responses_that_are_no_object_are_invalid(desk: Desk) -> None:
    with pytest.raises(InvalidParams):
        await desk.ask("tools/call", meta=CAPABILITIES, name="greet", inputResponses=[1])


async def test_answers_in_the_state_cannot_be_replaced(desk: Desk) -> None:
    """What was answered is sealed: a later round cannot change it."""
    asked = await call(desk, "everything")
    again = await call(desk, "everything", responses={"who": accept(name="Ada")}, state=asked["requestState"])
    rest = {
        "who": accept(name="Eve"),
        "said": {"role": "assistant", "content": [{"type": "text", "text": "hi"}], "model": "m"},
        "roots": {"roots": []},
    }
    assert text_of(await call(desk, "everything", responses=rest, state=again["requestState"])).startswith("Ada")


async def test_questions_of_parallel_tasks_are_asked_together(server: MCPServer, desk: Desk) -> None:
    @server.tool
    async def both(context: Context) -> str:
        async with asyncio.TaskGroup() as group:
            one = group.create_task(context.elicit(Name, "One?", key="one"))
            two = group.create_task(context.elicit(Name, "Two?", key="two"))
        return one.result().name + two.result().name

    asked = await call(desk, "both")
    assert asked["resultType"] == "input_required"
    while asked["resultType"] == "input_required":
        responses = {key: accept(name=key) for key in asked["inputRequests"]}
        asked = await call(desk, "both", responses=responses, state=asked["requestState"])
    assert text_of(asked) == "onetwo"


async def test_plain_function_waits_for_an_answer(server: MCPServer, desk: Desk) -> None:
    @server.tool
    def plain(context: Context) -> str:
        return context.wait(context.elicit(Name, "Who?", key="who")).name

    assert (await call(desk, "plain"))["resultType"] == "input_required"
    assert text_of(await call(desk, "plain", responses={"who": accept(name="Ada")})) == "Ada"


async def test_schema_of_the_authors_own_asks_for_a_form(server: MCPServer, desk: Desk) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 18}}, "required": ["age"]}

    @server.tool
    async def age(context: Context) -> str:
        (answer,) = await context.ask(form(schema, "How old?", key="age"))
        return str(answer["age"])

    asked = await call(desk, "age")
    assert asked["inputRequests"]["age"]["params"]["requestedSchema"] == schema
    assert (await call(desk, "age", responses={"age": accept(age=3)}))["resultType"] == "input_required"
    assert text_of(await call(desk, "age", responses={"age": accept(age=30)})) == "30"
