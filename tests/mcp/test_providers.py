"""What handlers are given without the caller sending it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from attrs import define

from mcpserver import Context, MCPServer, User
from mcpserver.mcp.features.providers import NotProvided

from .desk import ADA, Desk, text_of


@define
class Pool:
    name: str


class Cart:
    def __init__(self, owner: str) -> None:
        self.owner = owner


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def server(seen: list[str]) -> MCPServer:
    server = MCPServer("provided")
    server.provide(Cart, Cart("everybody"))

    @server.provider
    async def pool() -> AsyncIterator[Pool]:
        seen.append("opened")
        pool = Pool("main")
        try:
            yield pool
        finally:
            seen.append("closed")

    @server.provider
    async def greeting(user: User, cart: Cart) -> Annotated[str, "greeting"]:
        return f"Hello, {user.name}, with the cart of {cart.owner}"

    @server.lifespan
    async def around() -> AsyncIterator[None]:
        seen.append("started")
        try:
            yield
        finally:
            seen.append("stopped")

    @server.tool
    async def work(pool: Pool, cart: Cart, greeting: Annotated[str, "greeting"], word: str = "x") -> str:
        return f"{pool.name} {cart.owner} {greeting} {word}"

    @server.tool
    def in_a_thread(cart: Cart, user: User | None, context: Context) -> str:
        return f"{cart.owner} {user and user.id} {context.revision}"

    return server


async def test_what_is_provided_is_injected_and_never_shown(server: MCPServer) -> None:
    desk = Desk(server)
    async with server.running():
        assert text_of(await desk.call("work", word="y")) == "main everybody Hello, Ada, with the cart of everybody y"
    listed = (await desk.ask("tools/list"))["tools"]
    assert [list(tool["inputSchema"].get("properties", {})) for tool in listed] == [["word"], []]


async def test_caller_cannot_send_what_is_injected(server: MCPServer) -> None:
    async with server.running():
        result = await Desk(server).call("work", cart="mine")
    assert result["isError"] is True
    assert "cart" in text_of(result)


async def test_what_is_open_while_the_server_runs_opens_and_closes_in_order(server: MCPServer, seen: list[str]) -> None:
    async with server.running():
        assert seen == ["opened", "started"]
    assert seen == ["opened", "started", "stopped", "closed"]


async def test_provided_only_while_the_server_runs(server: MCPServer, caplog: pytest.LogCaptureFixture) -> None:
    result = await Desk(server).call("work")
    assert result["isError"] is True
    assert NotProvided.__name__ in caplog.text


async def test_plain_function_gets_it_too(server: MCPServer) -> None:
    assert text_of(await Desk(server).call("in_a_thread")) == f"everybody {ADA.id} 2026-07-28"


async def test_included_server_brings_what_it_provides(server: MCPServer, seen: list[str]) -> None:
    whole = MCPServer("whole")
    whole.include(server, prefix="part")
    async with whole.running():
        assert text_of(await Desk(whole).call("part_work")).startswith("main everybody")
    assert seen == ["opened", "started", "stopped", "closed"]


async def test_failing_start_closes_what_was_opened(server: MCPServer, seen: list[str]) -> None:
    @server.lifespan
    async def fails() -> AsyncIterator[None]:
        if seen:
            raise RuntimeError("no")
        yield

    with pytest.raises(RuntimeError, match="no"):
        async with server.running():
            pass
    assert seen == ["opened", "started", "stopped", "closed"]


def test_provider_says_what_it_gives() -> None:
    with pytest.raises(TypeError, match="must say what it returns"):

        @MCPServer("x").provider
        def nothing():  # type: ignore[no-untyped-def]
            return 1


def test_type_that_is_neither_provided_nor_data_is_refused() -> None:
    server = MCPServer("x")
    with pytest.raises(TypeError):

        @server.tool
        def take(pool: Any, thing: type[Pool]) -> str:
            return "x"
