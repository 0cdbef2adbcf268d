"""Revision 2026-07-28 as the client speaks it: metadata, headers, questions on the way, progress, cancellation."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from webclient.errors import FlowError, ProtocolFailure, TooSlow
from webclient.mcp.messaging.questions import Unanswerable
from webclient.mcp.protocol.host import Declined, Progress
from webclient.mcp.protocol.results import InvalidResult, RpcError
from webclient.wire import ClientCapabilities

from .conftest import Person, Rig
from .scripted import DISCOVERED, TOOL, Message, Script, Scripted, Turn, event, modern, note

Serve = Callable[[Script], Awaitable[Scripted]]
DONE = {"resultType": "complete", "content": [{"type": "text", "text": "done"}]}
FORM = {"type": "object", "properties": {"name": {"type": "string", "minLength": 2}}, "required": ["name"]}
QUESTION: Message = {"message": "Who?", "requestedSchema": FORM}
ASK_NAME = {"method": "elicitation/create", "params": QUESTION}
META = "io.modelcontextprotocol/"


def asking(*rounds: Message) -> Script:
    """Answers a call with each of these in turn, then with the result."""
    left = list(rounds)

    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(left.pop(0) if left else DONE)

    return modern(answer)


def required(**more: Any) -> Message:
    return {"resultType": "input_required", **more}


async def test_every_request_carries_who_asks_and_how(rig: Rig, serve: Serve) -> None:
    """MCP 2026-07-28, per-request protocol fields; Streamable HTTP, standard request headers."""
    server = await serve(asking())
    async with rig.client(server.url, host=Person(), log_level="info") as client:
        await client.call_tool((await client.list_tools()).items[0], {})
    for turn in server.turns:
        meta = turn.params["_meta"]
        assert meta[META + "protocolVersion"] == turn.request.headers["MCP-Protocol-Version"] == "2026-07-28"
        assert meta[META + "clientInfo"]["name"] == "MCP web client"
        assert meta[META + "clientCapabilities"]["roots"] == {}
        assert META + "tasks" in meta[META + "clientCapabilities"]["extensions"]
        assert meta[META + "logLevel"] == "info"
        assert turn.request.headers["Mcp-Method"] == turn.method
        assert turn.request.headers["Accept"] == "application/json, text/event-stream"
    assert [turn.request.headers.get("Mcp-Name") for turn in server.turns] == [None, None, "work"]
    assert len({turn.message["id"] for turn in server.turns}) == 3


async def test_host_that_shows_apps_says_so_beside_the_engine(rig: Rig, serve: Serve) -> None:
    """MCP Apps: io.modelcontextprotocol/ui is the host's to declare; tasks are the engine's."""
    apps = {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}
    server = await serve(asking())
    await rig.client(server.url, host=Person(capabilities={"extensions": apps})).open()
    assert server.turns[0].params["_meta"][META + "clientCapabilities"] == {"extensions": {**apps, META + "tasks": {}}}


async def test_question_is_put_to_the_person_and_the_state_comes_back_untouched(rig: Rig, serve: Serve) -> None:
    """MCP 2026-07-28, multi round-trip requests: client requirements 1 to 3."""
    state = '{"a": 1 ,"b":"\\u00e9"}  '
    server = await serve(
        asking(
            required(inputRequests={"who": ASK_NAME}, requestState=state),
            required(requestState="two"),
            required(inputRequests={"x": ASK_NAME}),
        )
    )
    person = Person({"elicit": {"action": "accept", "content": {"name": "Ada"}}})
    async with rig.client(server.url, host=person) as client:
        assert await client.call_tool(TOOL, {"a": 1}) == DONE
    first, second, third, fourth = server.only("tools/call")
    assert second.params["requestState"] == state
    assert second.params["inputResponses"] == {"who": {"action": "accept", "content": {"name": "Ada"}}}
    assert third.params["requestState"] == "two"
    assert "inputResponses" not in third.params
    assert "requestState" not in fourth.params
    assert all(turn.params["arguments"] == {"a": 1} for turn in (first, second, third, fourth))
    assert len({turn.message["id"] for turn in (first, second, third, fourth)}) == 4


async def test_sampling_and_roots_are_answered(rig: Rig, serve: Serve) -> None:
    words = {"role": "assistant", "content": {"type": "text", "text": "Paris"}, "model": "m"}
    roots = {"roots": [{"uri": "file:///home"}]}
    wanted = {
        "a": {"method": "sampling/createMessage", "params": {"messages": [], "maxTokens": 5}},
        "b": {"method": "roots/list"},
    }
    server = await serve(asking(required(inputRequests=wanted)))
    async with rig.client(server.url, host=Person({"sample": words, "roots": roots})) as client:
        await client.call_tool(TOOL, {})
    assert server.only("tools/call")[1].params["inputResponses"] == {"a": words, "b": roots}


@pytest.mark.parametrize("method", ["prompts/get", "resources/read"])
async def test_prompts_and_resources_may_ask_too(rig: Rig, serve: Serve, method: str) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        if "inputResponses" not in turn.params:
            return turn.result(required(inputRequests={"who": ASK_NAME}))
        return turn.result({"messages": [], "contents": [], "ttlMs": 60_000})

    server = await serve(modern(answer))
    async with rig.client(server.url, host=Person({"elicit": {"action": "decline"}})) as client:
        for _ in range(2):
            await (client.get_prompt("p", {}) if method == "prompts/get" else client.read_resource("x:1"))
    # What a question led to is never kept (MCP 2026-07-28, caching: cache key).
    assert [("inputResponses" in turn.params) for turn in server.only(method)] == [False, True, False, True]


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (required(), "does not say which"),
        (required(inputRequests={}), "does not say which"),
        (required(inputRequests=[ASK_NAME]), "its request is not valid"),
        (required(inputRequests={"a": {"params": {}}}), "its request is not valid"),
        (required(inputRequests={"a": ASK_NAME}, requestState=5), "its request is not valid"),
        (required(inputRequests={"a": {"method": "tools/call"}}), "does not offer"),
        (required(inputRequests={str(each): ASK_NAME for each in range(17)}), "its request is not valid"),
        ({"resultType": "surprise"}, "has a type that this client does not know"),
        ({"resultType": 5}, "has a type that this client does not know"),
        ({"resultType": "task"}, "gives no task id"),
    ],
)
async def test_answer_that_makes_no_sense_ends_in_a_sentence(
    rig: Rig, serve: Serve, result: Message, sentence: str
) -> None:
    server = await serve(asking(result))
    with pytest.raises(FlowError, match=sentence):
        await rig.client(server.url, host=Person({"elicit": {"action": "decline"}})).call_tool(TOOL, {})
    assert len(rig.failed()) == 1


async def test_list_may_not_ask_back(rig: Rig, serve: Serve) -> None:
    """«Servers MUST NOT send InputRequiredResult responses on any other client requests.»"""

    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(DISCOVERED) if turn.method == "server/discover" else turn.result(required(requestState="x"))

    with pytest.raises(ProtocolFailure, match="did not expect"):
        await rig.client((await serve(answer)).url).list_tools()


async def test_endless_questions_end(rig: Rig, serve: Serve) -> None:
    async def again(turn: Turn) -> web.StreamResponse:
        return turn.result(required(requestState="again"))

    server = await serve(modern(again))
    with pytest.raises(ProtocolFailure, match="too many times"):
        await rig.client(server.url, most_rounds=3).call_tool(TOOL, {})
    assert len(server.only("tools/call")) == 4
    assert len(rig.failed()) == 1


async def test_nothing_is_asked_of_whoever_offered_nothing(rig: Rig, serve: Serve) -> None:
    server = await serve(asking(required(inputRequests={"who": ASK_NAME})))
    with pytest.raises(Unanswerable, match="does not offer"):
        await rig.client(server.url).call_tool(TOOL, {})
    assert len(server.only("tools/call")) == 1


@pytest.mark.parametrize(
    ("params", "capabilities", "sentence"),
    [
        ({"mode": "url", "message": "m", "url": "https://x.example"}, {"elicitation": {}}, "in the mode url"),
        ({"mode": "url", "message": "m", "url": "javascript:alert(1)"}, {"elicitation": {"url": {}}}, "no web address"),
        (
            {"mode": "url", "message": "m", "url": "https://x.example\nSet-Cookie: a"},
            {"elicitation": {"url": {}}},
            "no web address",
        ),
        ({"requestedSchema": FORM}, {"elicitation": {}}, "no message"),
        ({"message": "m"}, {"elicitation": {}}, "does not describe a form"),
        (
            {"message": "m", "requestedSchema": {"type": "object", "properties": {"a": {"type": "object"}}}},
            {"elicitation": {}},
            "its field a",
        ),
        ({"message": "m", "requestedSchema": FORM}, {"elicitation": {"url": {}}}, "in the mode form"),
    ],
)
async def test_question_that_nobody_can_be_asked_is_not_put(
    rig: Rig, serve: Serve, params: Message, capabilities: ClientCapabilities, sentence: str
) -> None:
    server = await serve(asking(required(inputRequests={"who": {"method": "elicitation/create", "params": params}})))
    person = Person({"elicit": {"action": "accept"}}, capabilities)
    with pytest.raises(Unanswerable, match=sentence):
        await rig.client(server.url, host=person).call_tool(TOOL, {})
    assert person.asked == []


@pytest.mark.parametrize("content", [{}, {"name": "A"}, {"name": 5}])
async def test_answer_that_does_not_fit_the_question_is_not_sent(rig: Rig, serve: Serve, content: Message) -> None:
    """MCP 2026-07-28, elicitation: what was asked for is what is sent."""
    server = await serve(asking(required(inputRequests={"who": ASK_NAME})))
    with pytest.raises(ProtocolFailure, match="does not fit what the server asked for"):
        await rig.client(server.url, host=Person({"elicit": {"action": "accept", "content": content}})).call_tool(
            TOOL, {}
        )
    assert len(server.only("tools/call")) == 1


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("elicit", {"action": "perhaps"}),
        ("sample", {"role": "assistant", "content": "x"}),
        ("roots", {"roots": [{"uri": "https://x"}]}),
        ("roots", {}),
    ],
)
async def test_host_that_answers_nonsense_is_found_out(rig: Rig, serve: Serve, kind: str, answer: Message) -> None:
    method = {"elicit": "elicitation/create", "sample": "sampling/createMessage", "roots": "roots/list"}[kind]
    wanted = {"x": {"method": method, "params": {**QUESTION, "messages": []}}}
    server = await serve(asking(required(inputRequests=wanted)))
    with pytest.raises(ProtocolFailure, match="does not fit"):
        await rig.client(server.url, host=Person({kind: answer})).call_tool(TOOL, {})


async def test_declined_sampling_ends_the_call(rig: Rig, serve: Serve) -> None:
    server = await serve(
        asking(required(inputRequests={"a": {"method": "sampling/createMessage", "params": {"messages": []}}}))
    )
    with pytest.raises(Declined):
        await rig.client(server.url, host=Person()).call_tool(TOOL, {})


async def test_sampling_with_tools_needs_that_offer(rig: Rig, serve: Serve) -> None:
    params: Message = {"messages": [], "tools": []}
    server = await serve(asking(required(inputRequests={"a": {"method": "sampling/createMessage", "params": params}})))
    with pytest.raises(Unanswerable, match="use tools"):
        await rig.client(server.url, host=Person()).call_tool(TOOL, {})


async def test_progress_and_log_are_told_as_they_come(rig: Rig, serve: Serve) -> None:
    """MCP 2026-07-28, progress: only of this request, and only upwards."""

    async def work(turn: Turn) -> web.StreamResponse:
        token = turn.params["_meta"]["progressToken"]
        told = [
            {"progressToken": token, "progress": 1, "total": 3, "message": "one"},
            {"progressToken": token, "progress": 1},
            {"progressToken": "other", "progress": 9},
            {"progressToken": token, "progress": "x"},
            {"progressToken": token, "progress": 2.5, "total": True, "message": 5},
        ]
        events = [event(note("notifications/progress", each)) for each in told]
        log = event(note("notifications/message", {"level": "info", "data": "hi"}))
        return await turn.stream(b": hello\n\n", *events, log, event(turn.response(DONE)))

    person = Person()
    async with rig.client((await serve(modern(work))).url, host=person) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    assert person.seen == [Progress(1, 3, "one"), Progress(2.5)]
    assert person.heard == [("notifications/message", {"level": "info", "data": "hi"})]


async def test_notification_with_null_for_an_id_is_heard(rig: Rig, serve: Serve) -> None:
    """JSON-RPC 2.0 section 4.1 gives a notification no id; some servers write null. A request needs an id."""

    async def work(turn: Turn) -> web.StreamResponse:
        log = note("notifications/message", {"level": "info", "data": "hi"}) | {"id": None}
        question = {"jsonrpc": "2.0", "id": None, "method": "roots/list"}
        return await turn.stream(event(log), event(question), event(turn.response(DONE)))

    person = Person()
    async with rig.client((await serve(modern(work))).url, host=person) as client:
        assert await client.call_tool(TOOL, {}) == DONE
    assert person.heard == [("notifications/message", {"level": "info", "data": "hi"})]


async def test_request_on_the_stream_is_not_answered(rig: Rig, serve: Serve) -> None:
    """«The server MUST NOT send independent JSON-RPC requests on this stream.»"""

    async def work(turn: Turn) -> web.StreamResponse:
        return await turn.stream(event({"jsonrpc": "2.0", "id": 9, "method": "roots/list"}), event(turn.response(DONE)))

    server = await serve(modern(work))
    async with rig.client(server.url, host=Person({"roots": {"roots": []}})) as client:
        await client.call_tool(TOOL, {})
    assert server.methods() == ["server/discover", "tools/call"]


async def test_progress_renews_patience_and_silence_uses_it_up(rig: Rig, serve: Serve) -> None:
    """MCP 2026-07-28, cancellation: timeouts."""

    async def work(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream()
        for step in range(4):
            await asyncio.sleep(0.3)
            await answer.write(
                event(
                    note(
                        "notifications/progress",
                        {"progressToken": turn.params["_meta"]["progressToken"], "progress": step},
                    )
                )
            )
        if turn.params["arguments"]:
            await asyncio.Event().wait()
        await answer.write(event(turn.response(DONE)))
        return answer

    server = await serve(modern(work))
    async with rig.client(server.url, host=Person(), call_timeout=0.6) as client:
        assert await client.call_tool(TOOL, {}) == DONE
        with pytest.raises(TooSlow, match="did not respond in time"):
            await client.call_tool(TOOL, {"hang": True})


async def test_progress_without_end_ends(rig: Rig, serve: Serve) -> None:
    """«Implementations SHOULD always enforce a maximum timeout, regardless of progress notifications.»"""

    async def work(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream()
        for step in range(1000):
            await asyncio.sleep(0.05)
            await answer.write(
                event(
                    note(
                        "notifications/progress",
                        {"progressToken": turn.params["_meta"]["progressToken"], "progress": step},
                    )
                )
            )
        return answer

    with pytest.raises(FlowError, match="did not respond in time"):
        await rig.client((await serve(modern(work))).url, total_timeout=0.5).call_tool(TOOL, {})


async def test_leaving_closes_the_stream_and_says_nothing_more(rig: Rig, serve: Serve) -> None:
    """«Closing the SSE response stream is the cancellation signal.

    No notifications/cancelled message is required or expected.»
    """
    started = asyncio.Event()

    async def work(turn: Turn) -> web.StreamResponse:
        answer = await turn.stream(b": working\n\n")
        started.set()
        try:
            while True:
                await asyncio.sleep(0.02)
                await answer.write(b": working\n\n")
        except ConnectionError:
            server.gone.set()
            raise

    server = await serve(modern(work))
    client = rig.client(server.url)
    call = asyncio.create_task(client.call_tool(TOOL, {}))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(server.gone.wait(), 5)
    assert server.methods() == ["server/discover", "tools/call"]


@pytest.mark.parametrize(
    ("schema", "result", "sentence"),
    [
        (
            {"type": "object", "required": ["a"]},
            {"content": []},
            "has an output schema but returned no structured result",
        ),
        ({"type": "object", "required": ["a"]}, {"structuredContent": {}}, "does not fit its output schema"),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"structuredContent": {"a": "x"}}, "at a: "),
        ({"$ref": "https://x.example/schema"}, {"structuredContent": {}}, "other documents are not fetched"),
        ({"$schema": "http://json-schema.org/draft-03/schema#"}, {"structuredContent": {}}, "dialect"),
        ({"type": "objekt"}, {"structuredContent": {}}, "not a valid JSON Schema"),
    ],
)
async def test_structured_result_is_held_against_the_promise(
    rig: Rig, serve: Serve, schema: Message, result: Message, sentence: str
) -> None:
    """MCP 2026-07-28, tools: output schema; basic: $ref resolution."""

    async def work(turn: Turn) -> web.StreamResponse:
        return turn.result(result)

    with pytest.raises(InvalidResult, match=sentence) as caught:
        await rig.client((await serve(modern(work))).url).call_tool({**TOOL, "outputSchema": schema}, {})
    assert caught.value.result == result
    assert len(rig.failed()) == 1


@pytest.mark.parametrize("result", [{"structuredContent": [1, 2]}, {"isError": True, "content": []}])
async def test_result_that_keeps_the_promise_and_an_error_pass(rig: Rig, serve: Serve, result: Message) -> None:
    async def work(turn: Turn) -> web.StreamResponse:
        return turn.result(result)

    async with rig.client((await serve(modern(work))).url) as client:
        assert (
            await client.call_tool({**TOOL, "outputSchema": {"type": "array", "items": {"type": "integer"}}}, {})
            == result
        )


async def test_changed_tool_is_learned_anew_and_called_again(rig: Rig, serve: Serve) -> None:
    """Streamable HTTP, client behaviour: after HeaderMismatch list the tools, then retry."""
    lists = [
        {"name": "work", "inputSchema": {"type": "object", "properties": {"r": {"type": "string", **each}}}}
        for each in ({}, {"x-mcp-header": "Region"})
    ]

    async def work(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return turn.result(DISCOVERED)
        if turn.method == "tools/list":
            return turn.result({"tools": [lists[min(1, len(server.only("tools/list")) - 1)]], "ttlMs": 60_000})
        return turn.result(DONE) if turn.request.headers.get("Mcp-Param-Region") == "eu" else turn.error(-32020)

    server = await serve(work)
    async with rig.client(server.url) as client:
        assert await client.call("work", {"r": "eu"}) == DONE
        with pytest.raises(ProtocolFailure, match="no tool named nothing"):
            await client.call("nothing", {})
    assert server.methods() == ["server/discover", "tools/list", "tools/call", "tools/list", "tools/call"]


async def test_other_errors_are_not_tried_again(rig: Rig, serve: Serve) -> None:
    async def work(turn: Turn) -> web.StreamResponse:
        return turn.error(-32602, status=200, message="bad arguments")

    server = await serve(modern(work))
    with pytest.raises(RpcError, match="bad arguments"):
        await rig.client(server.url).call("work", {})
    assert len(server.only("tools/call")) == 1


async def test_prompts_and_completions_come_as_asked(rig: Rig, serve: Serve) -> None:
    async def work(turn: Turn) -> web.StreamResponse:
        if turn.method == "prompts/list":
            return turn.result({"prompts": [{"name": "p"}, {"title": "nameless"}, "x"]})
        if turn.method == "completion/complete":
            return turn.result({"completion": {"values": ["a", 5, *["b"] * 200]}})
        return turn.result({"messages": [{"role": "user"}]})

    server = await serve(modern(work))
    async with rig.client(server.url) as client:
        listing = await client.list_prompts()
        assert (await client.get_prompt("p", {"a": "b"}))["messages"] == [{"role": "user"}]
        values = await client.complete({"type": "ref/prompt", "name": "p"}, "a", "x", {"z": "1"})
    assert [item["name"] for item in listing.items] == ["p"]
    assert "2 prompts without a name" in listing.set_aside[0]
    assert (len(values), values[:2]) == (100, ["a", "b"])
    assert server.only("completion/complete")[0].params["context"] == {"arguments": {"z": "1"}}
    assert server.only("prompts/get")[0].request.headers["Mcp-Name"] == "p"


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda client: client.read_resource("x:1"), "no contents"),
        (lambda client: client.get_prompt("p", {}), "no messages"),
        (lambda client: client.complete({}, "a", "b"), "not a list"),
        (lambda client: client.list_resources(), "list of resources is not a list"),
        (lambda client: client.list_resource_templates(), "list of resource templates is not a list"),
        (lambda client: client.list_skills(), "list of skills is not a list"),
    ],
)
async def test_empty_answers_are_named(
    rig: Rig, serve: Serve, ask: Callable[[Any], Awaitable[Any]], sentence: str
) -> None:
    async def nothing(turn: Turn) -> web.StreamResponse:
        return turn.result({})

    with pytest.raises(ProtocolFailure, match=sentence):
        await ask(rig.client((await serve(modern(nothing))).url))


async def test_ping_level_and_legacy_subscriptions(rig: Rig, serve: Serve) -> None:
    """Revision 2026-07-28 has neither ping nor logging/setLevel nor resources/subscribe."""
    server = await serve(asking())
    async with rig.client(server.url) as client:
        await client.ping()
        await client.set_level("debug")
        await client.call_tool(TOOL, {})
        await client.roots_changed()
        for legacy_only in (client.subscribe, client.unsubscribe):
            with pytest.raises(ProtocolFailure, match="has no resources/"):
                await legacy_only("x:1")
    assert server.methods() == ["server/discover", "server/discover", "tools/call"]
    assert server.turns[-1].params["_meta"][META + "logLevel"] == "debug"
