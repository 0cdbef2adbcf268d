"""Progress, log messages and capabilities, as a tool uses them."""

from typing import Any

import pytest

from mcpserver import Context, MCPServer
from mcpserver.mcp.protocol.errors import InvalidParams, MissingCapability

from .desk import Desk

LOG_LEVEL = "io.modelcontextprotocol/logLevel"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


@pytest.fixture
def desk() -> Desk:
    server = MCPServer("context")

    @server.tool()
    async def work(context: Context) -> str:
        await context.progress(1, total=2, message="Halfway")
        await context.progress(2)
        return "done"

    @server.tool()
    async def report(context: Context) -> str:
        await context.progress(1, 3, "one")
        await context.progress(2, 3)
        return "done"

    @server.tool()
    async def tell_in_order(context: Context) -> str:
        await context.log("warning", "slow", "teller")
        await context.error("broken", "teller")
        return "told"

    @server.tool()
    async def tell(context: Context) -> str:
        await context.log("debug", "small")
        await context.log("warning", {"is": "big"}, logger="teller")
        return "told"

    @server.tool()
    async def sample(context: Context) -> str:
        context.require_capability("sampling")
        return "sampled"

    return Desk(server)


@pytest.mark.parametrize("token", ["abc", 7, 0])
async def test_progress_goes_to_who_asked_for_it(desk: Desk, token: str | int) -> None:
    """MCP 2026-07-28, patterns: progress."""
    await desk.call("work", meta={"progressToken": token})
    assert desk.heard == [
        ("notifications/progress", {"progressToken": token, "progress": 1, "total": 2, "message": "Halfway"}),
        ("notifications/progress", {"progressToken": token, "progress": 2}),
    ]


async def test_total_and_message_are_taken_by_position(desk: Desk) -> None:
    """As ``progress(progress, total, message)`` of other libraries."""
    await desk.call("report", meta={"progressToken": "t"})
    assert [params for _, params in desk.heard] == [
        {"progressToken": "t", "progress": 1, "total": 3, "message": "one"},
        {"progressToken": "t", "progress": 2, "total": 3},
    ]


async def test_logger_is_taken_by_position(desk: Desk) -> None:
    await desk.call("tell_in_order", meta={LOG_LEVEL: "debug"})
    assert [params for _, params in desk.heard] == [
        {"level": "warning", "data": "slow", "logger": "teller"},
        {"level": "error", "data": "broken", "logger": "teller"},
    ]


@pytest.mark.parametrize("meta", [{}, {"progressToken": None}, {"progressToken": True}, {"progressToken": {"a": 1}}])
async def test_progress_goes_to_nobody_else(desk: Desk, meta: dict[str, Any]) -> None:
    """MCP 2026-07-28, patterns, progress: tokens MUST be a string or an integer."""
    assert (await desk.call("work", meta=meta))["isError"] is False
    assert desk.heard == []


async def test_progress_token_of_the_earlier_era_is_heard_too(desk: Desk) -> None:
    """MCP 2025-11-25, utilities: progress."""
    await desk.ask_earlier("tools/call", name="work", arguments={}, _meta={"progressToken": "t"})
    assert len(desk.heard) == 2
    await desk.ask_earlier("tools/call", name="work", arguments={}, _meta="t")
    assert len(desk.heard) == 2


async def test_log_messages_go_out_at_or_above_the_level_that_was_asked_for(desk: Desk) -> None:
    """MCP 2026-07-28, utilities, logging: per-request log level."""
    await desk.call("tell", meta={LOG_LEVEL: "debug"})
    assert desk.heard == [
        ("notifications/message", {"level": "debug", "data": "small"}),
        ("notifications/message", {"level": "warning", "data": {"is": "big"}, "logger": "teller"}),
    ]
    desk.heard.clear()
    await desk.call("tell", meta={LOG_LEVEL: "warning"})
    assert [params["level"] for _, params in desk.heard] == ["warning"]


async def test_no_log_message_goes_to_who_did_not_ask(desk: Desk) -> None:
    """MCP 2026-07-28, utilities, logging: MUST NOT without the field."""
    await desk.call("tell")
    assert desk.heard == []


async def test_earlier_session_hears_what_matters_until_it_sets_a_level(desk: Desk) -> None:
    """MCP 2025-11-25, utilities, logging: without a request the server may decide."""
    await desk.ask_earlier("tools/call", name="tell", arguments={})
    assert "debug" not in {params["level"] for _, params in desk.heard}
    assert "warning" in {params["level"] for _, params in desk.heard}


@pytest.mark.parametrize("level", ["loud", 7, ["debug"]])
async def test_unknown_log_level_is_refused(desk: Desk, level: object) -> None:
    """MCP 2026-07-28, utilities, logging: error handling."""
    with pytest.raises(InvalidParams):
        await desk.call("tell", meta={LOG_LEVEL: level})


async def test_capability_that_was_not_declared_is_named(desk: Desk) -> None:
    """MCP 2026-07-28, basic: -32021 with what is missing."""
    with pytest.raises(MissingCapability) as refused:
        await desk.call("sample")
    assert (refused.value.code, refused.value.status, refused.value.data) == (
        -32021,
        400,
        {"requiredCapabilities": {"sampling": {}}},
    )
    assert (await desk.call("sample", meta={CAPABILITIES: {"sampling": {}}}))["isError"] is False
