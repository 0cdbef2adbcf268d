"""Chapter N of the attack catalogue, what concerns an author's code: whatever it raises fails its call, and takes
nobody else along.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pydantic
import pytest

from mcpserver import Context, MCPServer, User
from mcpserver.testing.wire import Failure

from ..transports.contract.ways import WAYS, Way

RAISED: dict[str, Callable[[], BaseException]] = {
    "SystemExit": lambda: SystemExit(2),
    "KeyboardInterrupt": KeyboardInterrupt,
    "GeneratorExit": GeneratorExit,
    "CancelledError": lambda: asyncio.CancelledError("nobody asked"),
    "BaseExceptionGroup": lambda: BaseExceptionGroup("several", [SystemExit(2), ValueError("secret")]),
    "StopIteration": lambda: StopIteration("secret"),
    "StopAsyncIteration": StopAsyncIteration,
    "a BaseException": lambda: BaseException("secret"),
}
"""What Python itself would let past every ``except Exception``, or what no future can carry."""

DEADLINE = 10


class Pool:
    """Something that is provided."""


def parse() -> None:
    """As authors do with a line of text: on a wrong one, argparse ends the program."""
    argparse.ArgumentParser(prog="tool").parse_args(["--nonsense"])


def build(error: Callable[[], BaseException]) -> MCPServer:
    """Everything of an author's that runs for a request, and raises."""
    server = MCPServer("exits")

    @server.tool
    async def fine() -> str:
        return "fine"

    @server.tool
    async def awaited() -> str:
        raise error()

    @server.tool
    def plain() -> str:
        raise error()

    @server.tool(timeout=60, concurrency=1)
    async def limited() -> str:
        raise error()

    @server.tool
    async def child() -> str:
        async def work() -> None:
            await asyncio.sleep(0)
            raise error()

        await asyncio.create_task(work())
        return "never"

    @server.tool
    async def group() -> str:
        async def work() -> None:
            await asyncio.sleep(0)
            raise error()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work())
        return "never"

    @server.tool
    def waiting(context: Context) -> str:
        async def work() -> None:
            raise error()

        context.wait(work())
        return "never"

    @server.tool
    async def remembering(context: Context) -> str:
        def work() -> str:
            raise error()

        return await context.remember("key", work)

    @server.provider
    async def pool() -> Pool:
        raise error()

    @server.tool
    async def provided(pool: Pool) -> str:
        return "never"

    @server.prompt
    async def ask(name: str) -> str:
        raise error()

    @server.prompt
    def ask_plainly(name: str) -> str:
        raise error()

    @server.completion("ask", "name")
    async def names(value: str) -> list[str]:
        raise error()

    @server.completion("ask_plainly", "name")
    def plain_names(value: str) -> list[str]:
        raise error()

    @server.resource("memo://one")
    async def memo() -> str:
        raise error()

    @server.resource("memo://{number}/{part}")
    def memos(number: int, part: str) -> str:
        raise error()

    return server


TOOLS = ("awaited", "plain", "limited", "child", "group", "waiting", "remembering", "provided")


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", RAISED)
async def test_n11_what_a_handler_raises_fails_its_call_and_nothing_else(
    way: Way, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """MCP 2026-07-28, tools: error handling; JSON-RPC 2.0 section 5.1: the call has its answer, with an id that
    leads to the story in the log.
    """
    async with asyncio.timeout(60), way.open(build(RAISED[name])) as client:
        for tool in TOOLS:
            async with asyncio.timeout(DEADLINE):
                result = await client.call_tool(tool)
            if (tool, name) == (
                "group",
                "CancelledError",
            ):  # asyncio, task groups: a task that is cancelled does not fail its group
                assert result.text == "never"
                continue
            assert result.is_error, tool
            assert "reference" in result.text, tool
            assert "secret" not in result.text, tool
            assert (await client.call_tool("fine")).text == "fine"
        for request in (
            client.get_prompt("ask", name="Ada"),
            client.get_prompt("ask_plainly", name="Ada"),
            client.complete("ask", "name", "A"),
            client.complete("ask_plainly", "name", "A"),
            client.read_resource("memo://one"),
            client.read_resource("memo://1/2"),
        ):
            with pytest.raises(Failure) as failure:
                async with asyncio.timeout(DEADLINE):
                    await request
            assert failure.value.code == -32603
            assert "reference" in str(failure.value)
        assert (await client.call_tool("fine")).text == "fine"
    assert ", in awaited\n" in caplog.text, "the story tells where it was raised"
    assert ", in memos\n" in caplog.text


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_n11_argparse_in_a_tool_ends_no_process(way: Way, capsys: pytest.CaptureFixture[str]) -> None:
    server = MCPServer("lines")

    @server.tool
    async def awaited() -> str:
        parse()
        return "never"

    @server.tool
    def plain() -> str:
        parse()
        return "never"

    @server.tool
    async def threaded() -> str:
        await asyncio.to_thread(parse)
        return "never"

    async with way.open(server) as client:
        for tool in ("awaited", "plain", "threaded", "awaited"):
            assert (await client.call_tool(tool)).is_error
    assert "unrecognized arguments" in capsys.readouterr().err


@pytest.mark.parametrize("name", RAISED)
async def test_n11_task_that_raises_says_that_it_failed(name: str) -> None:
    """SEP-2663: the result of a task is that of its call."""
    server = build(RAISED[name])

    @server.tool(task=True)
    async def long() -> str:
        await asyncio.sleep(0)
        raise RAISED[name]()

    @server.tool(task=True)
    def long_and_plain() -> str:
        raise RAISED[name]()

    async with server.test_client() as client:
        client.capabilities["extensions"] = {"io.modelcontextprotocol/tasks": {}}
        for tool in ("long", "long_and_plain"):
            async with asyncio.timeout(DEADLINE):
                result = await client.call_tool(tool)
            assert result.is_error
            assert "reference" in result.text
        assert (await client.call_tool("fine")).text == "fine"


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", RAISED)
async def test_n11_visible_that_raises_fails_its_call_and_shows_nothing(way: Way, name: str) -> None:
    server = MCPServer("hidden")

    @server.tool
    async def fine() -> str:
        return "fine"

    def never(user: User | None) -> bool:
        raise RAISED[name]()

    hidden = server.tool(name="hidden", visible=never)
    hidden(lambda: "seen")
    server.resource("hidden://one", visible=never)(lambda: "seen")
    server.prompt(name="hidden", visible=never)(lambda: "seen")
    async with way.open(server) as client:
        for request in (
            client.list_tools,
            lambda: client.call_tool("hidden"),
            lambda: client.get_prompt("hidden"),
            lambda: client.read_resource("hidden://one"),
            lambda: client.complete("hidden", "name", ""),
        ):
            with pytest.raises(Failure) as failure:
                async with asyncio.timeout(DEADLINE):
                    await request()
            assert "seen" not in str(failure.value)
        assert (await client.call_tool("fine")).text == "fine"


def test_n11_visible_that_would_have_to_be_awaited_is_refused() -> None:
    """A coroutine is as good as True: everybody would see everything."""
    server = MCPServer("hidden")

    async def visible(user: User | None) -> bool:
        return False

    with pytest.raises(TypeError, match="visible must be a plain function"):
        server.tool(name="hidden", visible=visible)(lambda: "seen")  # type: ignore[arg-type]


async def test_n11_visible_that_gives_something_to_await_shows_nothing() -> None:
    server = MCPServer("hidden")

    async def slow() -> bool:
        return False

    server.tool(name="hidden", visible=lambda user: asyncio.ensure_future(slow()))(lambda: "seen")  # type: ignore[arg-type, return-value]
    async with server.test_client() as client:
        with pytest.raises(Failure, match="reference"):
            await client.list_tools()


async def test_n11_validator_that_exits_fails_its_call() -> None:
    class Line(pydantic.BaseModel):
        text: str

        @pydantic.field_validator("text")
        @classmethod
        def parse(cls, text: str) -> str:
            raise SystemExit(text)

    server = MCPServer("lines")

    @server.tool
    async def take(line: Line) -> str:
        return "never"

    @server.tool
    async def fine() -> str:
        return "fine"

    async with server.test_client() as client:
        assert "reference" in (await client.call_tool("take", line={"text": "--nonsense"})).text
        assert (await client.call_tool("fine")).text == "fine"


@pytest.mark.parametrize("name", RAISED)
async def test_n11_what_a_lifespan_runs_beside_the_requests_ends_nothing(name: str) -> None:
    """A task of the author's that exits: the server lives; and what raises at the end keeps nothing from being
    closed.
    """
    server = MCPServer("life")
    closed = asyncio.Event()

    @server.lifespan
    async def first() -> AsyncIterator[None]:
        yield
        closed.set()

    @server.lifespan
    async def second() -> AsyncIterator[None]:
        async def work() -> None:
            raise RAISED[name]()

        (ended,) = await asyncio.gather(asyncio.create_task(work()), return_exceptions=True)
        assert isinstance(ended, BaseException)
        yield
        if name != "StopAsyncIteration":
            raise RAISED[name]()

    @server.tool
    async def fine() -> str:
        return "fine"

    with pytest.raises(Exception, match=r".*") if name != "StopAsyncIteration" else _nothing():
        async with server.test_client() as client:
            assert (await client.call_tool("fine")).text == "fine"
    assert closed.is_set()


class _nothing:  # noqa: N801 - stands where a context manager of pytest does
    def __enter__(self) -> None: ...
    def __exit__(self, *error: Any) -> None: ...


@pytest.mark.parametrize("way", [way for way in WAYS if way.leaving], ids=str)
async def test_n11_real_cancellation_still_cancels(way: Way) -> None:
    """MCP 2026-07-28, patterns: cancellation; 2025-11-25, utilities: cancellation."""
    server, begun, how = MCPServer("slow"), asyncio.Event(), []
    ended = asyncio.Event()

    @server.tool
    async def wait() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            how.append("cancelled")
            raise
        finally:
            ended.set()
        return "never"

    async with way.open(server) as client:
        call = asyncio.create_task(client.call_tool("wait"))
        async with asyncio.timeout(DEADLINE):
            await begun.wait()
            call.cancel()
            await ended.wait()
    assert how == ["cancelled"]
