"""How a handler runs: time limits, how many at once, threads, cancellation, traces."""

import asyncio
import threading

import pytest

from mcpserver import Context, MCPServer, ProtocolError, ToolError, ToolResult
from mcpserver.busy import Busy
from mcpserver.mcp.protocol.faults import unavailable
from mcpserver.mcp.protocol.tracing import TraceContext, current_trace, trace_of
from mcpserver.notes.tools import plainly
from mcpserver.store import StoreBusy
from mcpserver.store.database import StoreUncertain

from .desk import Desk, text_of

PARENT = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"


async def test_tool_that_takes_too_long_ends_with_a_sentence() -> None:
    server = MCPServer("slow")
    ended = asyncio.Event()

    @server.tool(timeout=0.01)
    async def slow(context: Context) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "never"

    result = await Desk(server).call("slow")
    assert (result["isError"], text_of(result)) == (True, "The tool did not finish within 0.01 seconds.")
    assert ended.is_set()


async def test_timeout_of_the_tools_own_is_a_fault_like_any_other() -> None:
    server = MCPServer("slow")

    @server.tool(timeout=60)
    async def slow() -> str:
        raise TimeoutError("the database")

    assert "reference" in text_of(await Desk(server).call("slow"))


async def test_no_more_calls_run_at_once_than_the_author_allows() -> None:
    server = MCPServer("narrow")
    running: list[int] = []
    most: list[int] = []
    full, go_on = asyncio.Event(), asyncio.Event()

    @server.tool(concurrency=2)
    async def narrow() -> int:
        running.append(1)
        most.append(len(running))
        if len(running) == 2:
            full.set()
        await go_on.wait()
        running.pop()
        return 1

    desk = Desk(server)
    calls = [asyncio.create_task(desk.call("narrow")) for _ in range(5)]
    await full.wait()
    go_on.set()
    await asyncio.gather(*calls)
    assert max(most) == 2
    assert len(most) == 5


async def test_plain_function_sees_that_it_was_cancelled() -> None:
    server = MCPServer("thread")
    begun, seen = threading.Event(), threading.Event()

    @server.tool
    def work(context: Context) -> str:
        begun.set()
        while not context.cancelled:
            pass
        seen.set()
        return "stopped"

    task = asyncio.create_task(Desk(server).call("work"))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(seen.wait, 5)


async def test_progress_never_goes_back() -> None:
    """Patterns: progress: the value MUST increase."""
    server = MCPServer("progress")

    @server.tool
    async def work(context: Context) -> str:
        for value in (1, 1, 0.5, 2):
            await context.progress(value)
        return "done"

    desk = Desk(server)
    await desk.call("work", meta={"progressToken": "t"})
    assert [params["progress"] for _, params in desk.heard] == [1, 2]


async def test_shorthands_log_at_their_level() -> None:
    """Utilities: logging."""
    server = MCPServer("log")

    @server.tool
    async def work(context: Context) -> str:
        await context.debug("a")
        await context.info("b")
        await context.warning("c")
        await context.error("d")
        return "done"

    desk = Desk(server)
    await desk.call("work", meta={"io.modelcontextprotocol/logLevel": "info"})
    assert [(params["level"], params["data"]) for _, params in desk.heard] == [
        ("info", "b"),
        ("warning", "c"),
        ("error", "d"),
    ]


async def test_result_can_be_said_in_full() -> None:
    server = MCPServer("full")

    @server.tool
    async def full(fails: bool = False) -> ToolResult:
        return ToolResult(content=["seen"], structured={"a": 1}, meta={"example.com/b": 2}, is_error=fails)

    @server.tool(output_schema={"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})
    async def promised(a: int | None = None) -> ToolResult:
        return ToolResult(structured=None if a is None else {"a": a})

    desk = Desk(server)
    result = await desk.call("full")
    assert (result["content"], result["structuredContent"]) == ([{"type": "text", "text": "seen"}], {"a": 1})
    assert result["_meta"]["example.com/b"] == 2
    failed = await desk.call("full", fails=True)
    assert (failed["isError"], "structuredContent" in failed) == (True, False)
    kept = await desk.call("promised", a=1)
    assert (kept["structuredContent"], text_of(kept)) == ({"a": 1}, '{"a":1}')
    assert (await desk.call("promised"))["isError"] is True


async def test_trace_of_the_request_is_the_handlers() -> None:
    """Basic: OpenTelemetry trace context."""
    server = MCPServer("traced")

    @server.tool
    async def where(context: Context) -> str:
        trace, current = context.trace, current_trace.get()
        assert trace is not None
        assert current == trace
        return f"{trace.trace_id} {trace.tracestate}"

    said = await Desk(server).call("where", meta={"traceparent": PARENT, "tracestate": "a=1"})
    assert text_of(said) == "0af7651916cd43dd8448eb211c80319c a=1"
    assert current_trace.get() is None


@pytest.mark.parametrize(
    "parent",
    [
        None,
        7,
        "",
        PARENT[:-1],
        "ff" + PARENT[2:],
        PARENT.upper(),
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT + "-x",
    ],
)
def test_malformed_trace_is_none(parent: object) -> None:
    """W3C Trace Context, section 3.2.2."""
    assert trace_of({"traceparent": parent}) is None


def test_state_and_baggage_are_kept_when_they_are_text() -> None:
    assert trace_of({"traceparent": PARENT, "tracestate": 7, "baggage": "a=1"}) == TraceContext(PARENT, None, "a=1")
    assert TraceContext(PARENT, None, "a=1").carrier() == {"traceparent": PARENT, "baggage": "a=1"}


async def test_author_may_answer_with_an_error_of_the_protocol() -> None:
    """Basic: error responses; the code, the message and the data are the author's."""
    server = MCPServer("strict")

    @server.tool
    async def refuse() -> str:
        raise ProtocolError("The quota is used up.", code=4290, data={"retryAfter": 60})

    with pytest.raises(ProtocolError) as refused:
        await Desk(server).call("refuse")
    assert refused.value.as_dict() == {"code": 4290, "message": "The quota is used up.", "data": {"retryAfter": 60}}


@pytest.mark.parametrize(
    ("busy", "told"), [(StoreBusy, "Nothing was changed"), (StoreUncertain, "It is not known whether")]
)
def test_client_is_told_whether_a_change_may_have_been_saved(busy: type[Busy], told: str) -> None:
    """A client that is told that nothing was changed calls again, and would change it twice."""
    assert told in unavailable(busy("the connection was lost"), "tools/call").message
    with pytest.raises(ToolError, match=told), plainly():
        raise busy("the connection was lost")
