"""Every way in which the engine gives up has its cause in the catalogue, on the step where it happened."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from webclient.errors import FlowError
from webclient.trace.diagnosis.decisions import cause_code
from webclient.trace.display.rules import read_at
from webclient.wire import Tool

from .conftest import Person, Rig
from .scripted import TOOL, Script, Scripted, Turn, event, legacy, modern, no_line, note

Serve = Callable[[Script], Awaitable[Scripted]]


def asks(**more: Any) -> Callable[[Turn], dict[str, Any]]:
    return lambda turn: {"resultType": "input_required", **more}


FORM = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
ELICIT = {"q": {"method": "elicitation/create", "params": {"message": "?", "requestedSchema": FORM}}}


@pytest.mark.parametrize(
    ("result", "cause"),
    [
        (asks(), "misshapen"),
        (asks(requestState="x"), "endless"),
        (asks(inputRequests={"q": {"method": "x"}}), "unanswerable"),
        (asks(inputRequests=ELICIT), "wrong_answer"),
        (lambda turn: {"structuredContent": "x"}, "broken_promise"),
        (lambda turn: {"resultType": "task"}, "misshapen"),
        (lambda turn: {"isError": True, "content": []}, "tool_failed"),
    ],
)
async def test_cause_of_a_result(rig: Rig, serve: Serve, result: Callable[[Turn], dict[str, Any]], cause: str) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(result(turn))

    tool: Tool = {**TOOL, "outputSchema": {"type": "integer"}}
    client = rig.client(
        (await serve(modern(answer))).url, host=Person({"elicit": {"action": "accept", "content": {}}}), most_rounds=2
    )
    if cause == "tool_failed":
        await client.call_tool(tool, {})
    else:
        with pytest.raises(FlowError):
            await client.call_tool(tool, {})
    assert [cause_code(hop) for hop in rig.hops.hops if hop.outcome == "failed"][-1] == cause


@pytest.mark.parametrize(
    ("chunks", "cause"),
    [
        ([], "no_answer"),
        ([event(note("x")) * 20], "endless"),
        ([b"data: " + b"x" * 300_000], "too_large"),
        ([b"id: 1\nretry: 99000\ndata:\n\n"], "no_answer"),
    ],
)
async def test_cause_of_a_stream(rig: Rig, serve: Serve, chunks: list[bytes], cause: str) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        return await turn.stream(*chunks)

    with pytest.raises(FlowError):
        await rig.client((await serve(modern(answer))).url, most_events=10).call_tool(TOOL, {})
    assert cause_code(rig.hops.hops[-1]) == cause


async def test_cause_of_a_revision(rig: Rig, serve: Serve) -> None:
    with pytest.raises(FlowError):
        await rig.client((await serve(legacy(no_line, version="1999-01-01"))).url).open()
    assert cause_code(rig.hops.hops[-1]) == "version"


@pytest.mark.parametrize("version", ["2025-11-25", "2025-03-26"])
async def test_rules_are_those_of_the_revision_that_is_spoken(rig: Rig, serve: Serve, version: str) -> None:
    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method != "tools/call":
            return await no_line(turn)
        answer = await turn.stream(event({"jsonrpc": "2.0", "id": 1, "method": "roots/list"}))
        while not server.only("response"):
            await server.news.wait()
            server.news.clear()
        await answer.write(event(turn.response({"content": []})))
        return answer

    server = await serve(legacy(answer, version))
    async with rig.client(server.url, host=Person({"roots": {"roots": []}})) as client:
        await client.call_tool(TOOL, {})
    rules = {hop.title: hop.rule for hop in rig.hops.hops}
    assert rules["Call the tool work"] == f"MCP {version}, tools/call"
    assert rules["The server asks which folders it may access"] == f"MCP {version}, roots"
    assert rules["End the session"] == f"MCP {version}, session management"
    assert all(read_at(rule).startswith("https://") for rule in rules.values())
