"""A service of two processes on one database: whatever one of them does, the clients of the other hear of (MCP
2026-07-28, patterns: subscriptions; 2025-11-25, transports: session management).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import define

from mcpbase.seal import Seal
from mcpserver import Context
from mcpserver.compose.other_processes import begin_events, exchange
from mcpserver.mcp.legacy import SharedQuestions, digest_of
from mcpserver.mcp.protocol import Response
from mcpserver.processes import ProcessEvents
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

from ..postgresql import Server
from .endpoint import ACCEPT, VERSION
from .visitor import EVERYTHING, Stage, Visitor, application, call, cancelled, events, request

DEADLINE = 20.0
SECRET = b"the secret of both processes"
TASKS: dict[str, Any] = {"extensions": {"io.modelcontextprotocol/tasks": {}}, "elicitation": {}}


@define
class Process:
    """One process: its server, its events, and a client of it."""

    stage: Stage
    store: Store
    events: ProcessEvents
    client: TestClient[web.Request, web.Application]

    async def post(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a request of 2026-07-28."""
        async with self.client.post("/mcp", json=_message(method, params), headers=_headers(method, params)) as answer:
            answered = await answer.json()
            assert "result" in answered, answered
            result: dict[str, Any] = answered["result"]
            return result

    async def listen(self, **notifications: Any) -> "asyncio.Queue[dict[str, Any]]":
        """A queue of what a listener hears; returns once it listens."""
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        params = {"notifications": notifications}

        async def read() -> None:
            message, headers = _message("subscriptions/listen", params), _headers("subscriptions/listen", params)
            async with self.client.post("/mcp", json=message, headers=headers) as stream:
                async for _, told in events(stream):
                    heard.put_nowait(told)

        self._reading = asyncio.create_task(read())
        assert (await heard.get())["method"] == "notifications/subscriptions/acknowledged"
        return heard

    _reading: "asyncio.Task[None] | None" = None


def _message(method: str, params: dict[str, Any]) -> dict[str, Any]:
    meta = {"io.modelcontextprotocol/protocolVersion": VERSION, "io.modelcontextprotocol/clientCapabilities": TASKS}
    return request(1, method, **params, _meta=meta)


def _headers(method: str, params: dict[str, Any]) -> dict[str, str]:
    name = params.get("name") or params.get("taskId")
    named = {"Mcp-Name": name} if name else {}
    headers = {"Authorization": "Bearer ada", "MCP-Protocol-Version": VERSION, "Mcp-Method": method}
    return {**ACCEPT, **headers, **named}


Pair = tuple[Process, Process]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shared.db"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


@pytest.fixture
async def pair(url: str) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as opened:
        yield await _start(opened, url), await _start(opened, url)


async def _start(opened: AsyncExitStack, url: str) -> Process:
    store, stage = await open_store(url), _stage()
    opened.push_async_callback(store.close)
    told = await begin_events(store, Sources())
    app = application(stage, sessions=store, tasks=store, events=told, questions=store, seal=Seal(SECRET))
    app.cleanup_ctx[:0] = exchange(told, store)
    client = await opened.enter_async_context(TestClient(TestServer(app)))
    return Process(stage, store, told, client)


def _stage() -> Stage:
    stage = Stage()

    @stage.server.tool(task=True)
    async def work(context: Context) -> str:
        stage.begun.set()
        try:
            await context.progress(1, total=2, message="half")
            return "agreed" if await context.ask_yes_no("Agreed?") else "refused"
        except asyncio.CancelledError:
            stage.cancelled.set()
            raise

    return stage


async def _until(queue: "asyncio.Queue[dict[str, Any]]", status: str) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE):
        while True:
            told: dict[str, Any] = (await queue.get())["params"]
            if told["status"] == status:
                return told


async def test_listener_hears_of_a_change_that_another_process_made(pair: Pair) -> None:
    """2026-07-28, patterns: subscriptions."""
    one, other = pair
    heard = await other.listen(toolsListChanged=True, resourceSubscriptions=["memo://one"])
    one.stage.server.changed("tools")
    async with asyncio.timeout(DEADLINE):
        assert (await heard.get())["method"] == "notifications/tools/list_changed"
    one.stage.server.resource_updated("memo://one")
    async with asyncio.timeout(DEADLINE):
        told = await heard.get()
    assert (told["method"], told["params"]["uri"]) == ("notifications/resources/updated", "memo://one")


async def test_change_is_heard_by_sessions_of_earlier_revisions_in_another_process(pair: Pair) -> None:
    """2025-11-25, server: resources: subscriptions. What was subscribed to there counts here."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    there = Visitor(other.client, session=here.session)
    async with there.listen() as stream:
        assert (await here.post(request(1, "resources/subscribe", uri="memo://one")))[0] == 200
        async with asyncio.timeout(DEADLINE):
            told = anext(events(stream))
            while True:  # until the other process has heard of the subscription
                one.stage.server.resource_updated("memo://one")
                done, _ = await asyncio.wait([told := asyncio.ensure_future(told)], timeout=0.5)
                if done:
                    break
        assert (await told)[1]["method"] == "notifications/resources/updated"


async def test_task_is_followed_answered_and_finished_in_another_process(pair: Pair) -> None:
    """SEP-2663: a task belongs to the service, not to the process that runs it."""
    one, other = pair
    task_id = (await one.post("tools/call", name="work", arguments={}))["taskId"]
    heard = await other.listen(taskIds=[task_id])
    state = await other.post("tasks/get", taskId=task_id)
    told = state if state["status"] == "input_required" else await _until(heard, "input_required")
    assert told["taskId"] == task_id
    (key,) = told["inputRequests"]
    await other.post(
        "tasks/update", taskId=task_id, inputResponses={key: {"action": "accept", "content": {"yes": True}}}
    )
    done = await _until(heard, "completed")
    assert done["result"]["content"][0]["text"] == "agreed"


async def test_task_is_cancelled_in_another_process(pair: Pair) -> None:
    """SEP-2663: task cancellation."""
    one, other = pair
    task_id = (await one.post("tools/call", name="work", arguments={}))["taskId"]
    await other.post("tasks/cancel", taskId=task_id)
    async with asyncio.timeout(DEADLINE):
        await one.stage.cancelled.wait()


async def test_question_is_answered_in_another_process(pair: Pair) -> None:
    """2025-11-25, client: elicitation. A load balancer knows no sessions."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    there = Visitor(other.client, session=here.session)
    async with asyncio.timeout(DEADLINE), here.send(call(1, "agree")) as answer:
        said = events(answer)
        _, question = await anext(said)
        reply = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {"yes": True}}}
        assert await there.post(reply) == (202, None)
        assert await there.post({**reply, "result": {"action": "decline"}}) == (202, None)  # the first one counts
        _, result = await anext(said)
    assert result["result"]["content"][0]["text"] == "yes"
    assert await one.store.database.fetch("SELECT 1 FROM mcp_questions") == []


async def test_refusal_of_a_question_arrives_from_another_process(pair: Pair) -> None:
    """JSON-RPC 2.0, section 5.1: an error is an answer too."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    there = Visitor(other.client, session=here.session)
    async with asyncio.timeout(DEADLINE), here.send(call(1, "agree")) as answer:
        said = events(answer)
        _, question = await anext(said)
        error = {"code": -1, "message": "nobody is there"}
        assert await there.post({"jsonrpc": "2.0", "id": question["id"], "error": error}) == (202, None)
        _, result = await anext(said)
    assert "nobody is there" in str(result)


async def test_question_of_another_session_is_not_answered(pair: Pair) -> None:
    """T11: whoever guesses the id of a question has to be in its session."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    stranger = await Visitor(other.client).initialize(**EVERYTHING)
    async with asyncio.timeout(DEADLINE), here.send(call(1, "agree")) as answer:
        said = events(answer)
        _, question = await anext(said)
        reply = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {"yes": True}}}
        assert await stranger.post(reply) == (202, None)
        assert await other.store.database.fetch("SELECT answer FROM mcp_questions") == [(None,)]
        assert await here.post({**reply, "result": {"action": "decline"}}) == (202, None)
        _, result = await anext(said)
    assert result["result"]["content"][0]["text"] == "no"


async def test_answer_is_stored_unreadable(pair: Pair) -> None:
    """People write answers: who reads the database does not read them."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    there = Visitor(other.client, session=here.session)
    async with asyncio.timeout(DEADLINE), here.send(call(1, "agree")) as answer:
        said = events(answer)
        _, question = await anext(said)
        reply = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline", "note": "my secret"}}
        await there.post(reply)
        rows = await other.store.database.fetch("SELECT answer FROM mcp_questions")
        assert "my secret" not in str(rows)
        await anext(said)


async def test_request_is_cancelled_in_another_process(pair: Pair) -> None:
    """2025-11-25, utilities: cancellation."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    under_way = asyncio.create_task(here.call(7, "wait"))
    await one.stage.begun.wait()
    assert await Visitor(other.client, session=here.session).post(cancelled(7)) == (202, None)
    async with asyncio.timeout(DEADLINE):
        assert await under_way == (202, None)
    assert one.stage.cancelled.is_set()


async def test_session_ended_in_another_process_ends_its_requests_here(pair: Pair) -> None:
    """2025-11-25, transports: session management."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    under_way = asyncio.create_task(here.call(7, "wait"))
    await one.stage.begun.wait()
    assert await Visitor(other.client, session=here.session).delete() == 204
    async with asyncio.timeout(DEADLINE):
        assert (await under_way)[0] == 404
    assert (await here.post(request(8, "ping")))[0] == 404


async def test_session_ended_in_one_process_is_refused_at_once_in_another(pair: Pair) -> None:
    """2025-11-25, transports: session management: the server MUST answer 404 after it terminated a session."""
    one, other = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    there = Visitor(other.client, session=here.session)
    async with asyncio.timeout(DEADLINE):
        while one.events.is_alone or other.events.is_alone:
            await one.store.changed(0.1)
    assert (await there.post(request(1, "ping")))[0] == 200
    assert await here.delete() == 204
    assert (await there.post(request(2, "ping")))[0] == 404


async def test_batch_of_cancellations_is_bounded(pair: Pair) -> None:
    """2025-03-26 has batches: one request is not to make work for all processes."""
    one, _ = pair
    here = await Visitor(one.client, "2025-03-26").initialize()
    assert (await here.post([cancelled(number) for number in range(100)]))[0] == 202
    status, answer = await here.post([cancelled(number) for number in range(101)])
    assert status == 400
    assert "100 notifications and responses" in answer["error"]["message"]


async def test_answer_whose_event_was_lost_is_found_all_the_same(pair: Pair, url: str) -> None:
    """The process that received it may have died before it told the others."""
    one, _ = pair
    here = await Visitor(one.client).initialize(**EVERYTHING)
    dying = await open_store(url)
    questions = SharedQuestions(dying, Seal(SECRET), Sources(), lambda digest: None)
    async with asyncio.timeout(DEADLINE), here.send(call(1, "agree")) as answer:
        said = events(answer)
        _, question = await anext(said)
        await questions.pass_on(digest_of(here.session), Response(question["id"], {"action": "decline"}))
        await dying.close()
        _, result = await anext(said)
    assert result["result"]["content"][0]["text"] == "no"
