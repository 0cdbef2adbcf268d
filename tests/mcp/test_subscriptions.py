"""Who listens hears what they asked for (MCP 2026-07-28, patterns: subscriptions)."""

import asyncio
from typing import Any

import pytest
from attrs import evolve

from mcpserver import MCPServer
from mcpserver.mcp.protocol.errors import InvalidParams, MissingCapability

from .desk import ADA, Desk

ID = {"io.modelcontextprotocol/subscriptionId": 1}


@pytest.fixture
def server() -> MCPServer:
    server = MCPServer("news")
    server.tool(name="first")(lambda: "x")
    server.prompt(name="first")(lambda: "x")
    server.resource("file:///open")(lambda: "x")
    server.resource("file:///closed", scope="closed")(lambda: "x")
    server.resource("file:///hidden", visible=lambda user: False)(lambda: "x")
    return server


class Listening:
    """A subscription under way; ``heard`` grows as it is told."""

    def __init__(self, server: MCPServer, **wanted: Any) -> None:
        self.desk = Desk(server)
        self.task = asyncio.create_task(self.desk.ask("subscriptions/listen", notifications=wanted))

    async def heard(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        return await self.desk.until(count)

    async def acknowledged(self) -> dict[str, Any]:
        ((method, params), *_) = await self.heard(1)
        assert (method, params["_meta"]) == ("notifications/subscriptions/acknowledged", ID)
        return dict(params["notifications"])


async def test_acknowledgment_comes_first_and_says_what_is_honoured(server: MCPServer) -> None:
    """Acknowledgment: the subset that the server agreed to."""
    listening = Listening(
        server,
        toolsListChanged=True,
        promptsListChanged=False,
        resourceSubscriptions=["file:///open", "file:///nothing"],
        other=True,
    )
    assert await listening.acknowledged() == {"toolsListChanged": True, "resourceSubscriptions": ["file:///open"]}
    listening.task.cancel()


async def test_nobody_hears_of_what_they_may_not_read(server: MCPServer) -> None:
    """Resources: access controls."""
    uris = ["file:///open", "file:///closed", "file:///hidden"]
    assert (await Listening(server, resourceSubscriptions=uris).acknowledged())["resourceSubscriptions"] == [
        "file:///open"
    ]
    desk = Desk(server, evolve(ADA, scopes=frozenset({"closed"})))
    task = asyncio.create_task(desk.ask("subscriptions/listen", notifications={"resourceSubscriptions": uris}))
    ((_, params),) = await desk.until(1)
    assert params["notifications"]["resourceSubscriptions"] == ["file:///open", "file:///closed"]
    task.cancel()


async def test_changes_are_told_with_the_subscription_they_belong_to(server: MCPServer) -> None:
    """Receiving notifications."""
    listening = Listening(
        server,
        toolsListChanged=True,
        promptsListChanged=True,
        resourcesListChanged=True,
        resourceSubscriptions=["file:///open"],
    )
    await listening.acknowledged()
    server.tool(name="second")(lambda: "x")
    server.remove_prompt("first")
    server.resource("file:///late")(lambda: "x")
    server.resource_updated("file:///open")
    server.resource_updated("file:///closed")
    assert (await listening.heard(5))[1:] == [
        ("notifications/tools/list_changed", {"_meta": ID}),
        ("notifications/prompts/list_changed", {"_meta": ID}),
        ("notifications/resources/list_changed", {"_meta": ID}),
        ("notifications/resources/updated", {"_meta": ID, "uri": "file:///open"}),
    ]
    listening.task.cancel()


async def test_what_was_not_asked_for_is_not_told(server: MCPServer) -> None:
    """Opening a stream: MUST NOT."""
    listening = Listening(server, promptsListChanged=True)
    await listening.acknowledged()
    server.changed("tools")
    server.changed("prompts")
    assert [method for method, _ in await listening.heard(2)] == [
        "notifications/subscriptions/acknowledged",
        "notifications/prompts/list_changed",
    ]
    listening.task.cancel()


async def test_slow_listener_hears_once_of_what_happened_often(server: MCPServer) -> None:
    """Nothing piles up for who does not read."""
    listening = Listening(server, toolsListChanged=True, resourceSubscriptions=["file:///open"])
    await listening.acknowledged()
    for _ in range(1000):
        server.changed("tools")
        server.resource_updated("file:///open")
    await listening.heard(3)
    await asyncio.sleep(0)
    assert len(listening.desk.heard) == 3
    listening.task.cancel()


async def test_server_that_stops_ends_the_subscription_gracefully(server: MCPServer) -> None:
    """Graceful closure: a result that names the subscription, after what is pending."""
    listening = Listening(server, toolsListChanged=True)
    await listening.acknowledged()
    server.changed("tools")
    server.subscriptions.close()
    result = await listening.task
    assert (result["resultType"], result["_meta"]["io.modelcontextprotocol/subscriptionId"]) == ("complete", 1)
    assert len(listening.desk.heard) == 2
    assert len(server.subscriptions) == 0


async def test_who_leaves_is_forgotten(server: MCPServer) -> None:
    listening = Listening(server, toolsListChanged=True)
    await listening.acknowledged()
    assert len(server.subscriptions) == 1
    listening.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening.task
    assert len(server.subscriptions) == 0


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        [],
        "tools",
        {"resourceSubscriptions": "file:///open"},
        {"resourceSubscriptions": [7]},
        {"resourceSubscriptions": ["x"] * 1001},
    ],
)
async def test_filter_that_is_malformed_is_invalid(server: MCPServer, wanted: Any) -> None:
    with pytest.raises(InvalidParams):
        await Desk(server).ask("subscriptions/listen", notifications=wanted)


async def test_tasks_are_listened_to_by_who_declared_them(server: MCPServer) -> None:
    """The tasks extension: status notifications."""
    with pytest.raises(MissingCapability):
        await Desk(server).ask("subscriptions/listen", notifications={"taskIds": ["x"]})
