"""Lists in pages, and who sees what (MCP 2026-07-28, utilities: pagination, caching)."""

from typing import Any

import pytest
from attrs import evolve

from mcpserver import MCPServer, User
from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.protocol.errors import InvalidParams, ScopeRequired, SignInRequired

from .desk import ADA, Desk


def build(count: int, *, page_size: int = 2) -> MCPServer:
    server = MCPServer("many", page_size=page_size)
    for number in range(count):
        server.tool(name=f"tool{number}")(lambda: "x")
        server.prompt(name=f"prompt{number}")(lambda: "x")
        server.resource(f"thing://{number}")(lambda: "x")
    return server


async def pages(desk: Desk, method: str, member: str) -> list[list[str]]:
    found: list[list[str]] = []
    cursor: dict[str, Any] = {}
    while True:
        result = await desk.ask(method, **cursor)
        found.append([each.get("name") for each in result[member]])
        if "nextCursor" not in result:
            return found
        cursor = {"cursor": result["nextCursor"]}


@pytest.mark.parametrize(
    ("method", "member"), [("tools/list", "tools"), ("prompts/list", "prompts"), ("resources/list", "resources")]
)
async def test_list_comes_in_pages_of_registration_order(method: str, member: str) -> None:
    """Pagination; tools: deterministic order."""
    found = await pages(Desk(build(5)), method, member)
    assert [len(page) for page in found] == [2, 2, 1]
    assert len({name for page in found for name in page if name != "<lambda>"}) in (0, 5)


async def test_full_last_page_has_no_cursor() -> None:
    assert [len(page) for page in await pages(Desk(build(4)), "tools/list", "tools")] == [2, 2]


async def test_cursor_survives_what_comes_and_goes() -> None:
    """Utilities: pagination, stable cursors."""
    server = build(5)
    desk = Desk(server)
    first = await desk.ask("tools/list")
    server.remove_tool("tool1")
    server.remove_tool("tool0")
    server.tool(name="late")(lambda: "x")
    second = await desk.ask("tools/list", cursor=first["nextCursor"])
    assert [each["name"] for each in second["tools"]] == ["tool2", "tool3"]
    third = await desk.ask("tools/list", cursor=second["nextCursor"])
    assert [each["name"] for each in third["tools"]] == ["tool4", "late"]


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c + "x",
        lambda c: c[1:],
        lambda c: "",
        lambda c: "2",
        lambda c: 2,
        lambda c: [],
        lambda c: c.swapcase(),
    ],
)
async def test_cursor_that_was_tampered_with_is_refused(change: Any) -> None:
    """Utilities: pagination, error handling."""
    desk = Desk(build(5))
    cursor = (await desk.ask("tools/list"))["nextCursor"]
    with pytest.raises(InvalidParams):
        await desk.ask("tools/list", cursor=change(cursor))


async def test_cursor_of_another_list_or_server_is_refused() -> None:
    desk = Desk(build(5))
    cursor = (await desk.ask("tools/list"))["nextCursor"]
    with pytest.raises(InvalidParams):
        await desk.ask("prompts/list", cursor=cursor)
    with pytest.raises(InvalidParams):
        await Desk(build(5)).ask("tools/list", cursor=cursor)


async def test_list_that_is_the_same_for_all_is_public() -> None:
    """Utilities: caching, choosing a cache scope."""
    result = await Desk(build(1)).ask("tools/list")
    assert (result["cacheScope"], result["ttlMs"]) == ("public", 300_000)


async def test_list_that_depends_on_who_asks_is_private_on_every_page() -> None:
    """Utilities: caching: pages of one list share their scope."""
    server = build(3)
    server.tool(name="admin", visible=lambda user: user is not None and user.id == "ada")(lambda: "x")
    for user, count in ((ADA, 4), (evolve(ADA, id="bob"), 3), (None, 3)):
        desk = Desk(server, user)
        first = await desk.ask("tools/list")
        scopes = [first["cacheScope"]]
        names = [each["name"] for each in first["tools"]]
        while "nextCursor" in first:
            first = await desk.ask("tools/list", cursor=first["nextCursor"])
            scopes.append(first["cacheScope"])
            names += [each["name"] for each in first["tools"]]
        assert set(scopes) == {"private"}
        assert len(names) == count


async def test_what_is_not_visible_is_not_there() -> None:
    server = MCPServer("hidden")
    hidden: dict[str, Any] = {"visible": lambda user: user is not None and user.id == "ada"}
    server.tool(name="tool", **hidden)(lambda: "seen")
    server.prompt(name="prompt", **hidden)(lambda: "seen")
    server.resource("hidden://one", **hidden)(lambda: "seen")
    server.resource("hidden://{name}/more", **hidden)(more)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("tools/call", {"name": "tool"}),
        ("prompts/get", {"name": "prompt"}),
        ("resources/read", {"uri": "hidden://one"}),
        ("resources/read", {"uri": "hidden://x/more"}),
        (
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "prompt"}, "argument": {"name": "a", "value": ""}},
        ),
    ]
    for method, params in asked:
        await Desk(server, ADA).ask(method, **params)
        with pytest.raises(InvalidParams):
            await Desk(server, evolve(ADA, id="bob")).ask(method, **params)


def more(name: str) -> str:
    return name


@pytest.fixture
def shop() -> MCPServer:
    server = MCPServer("shop")
    server.tool(name="browse", public=True)(lambda: "wares")
    server.tool(name="buy", scope="buy")(lambda: "bought")
    server.resource("shop://window", public=True)(lambda: "wares")
    server.resource("shop://till")(lambda: "money")
    return server


async def ask(server: MCPServer, user: User | None, method: str, **params: Any) -> dict[str, Any]:
    desk = Desk(server, user)
    desk.peer = Dispatcher(server, protected=True)
    return await desk.ask(method, **params)


async def test_who_comes_without_a_token_sees_and_uses_what_is_public(shop: MCPServer) -> None:
    listed = await ask(shop, None, "tools/list")
    assert ([each["name"] for each in listed["tools"]], listed["cacheScope"]) == (["browse"], "private")
    assert (await ask(shop, None, "tools/call", name="browse"))["isError"] is False
    read = await ask(shop, None, "resources/read", uri="shop://window")
    assert (read["contents"][0]["text"], read["cacheScope"]) == ("wares", "public")
    assert [each["name"] for each in (await ask(shop, ADA, "tools/list"))["tools"]] == ["browse", "buy"]


@pytest.mark.parametrize(
    ("method", "params"), [("tools/call", {"name": "buy"}), ("resources/read", {"uri": "shop://till"})]
)
async def test_what_is_not_public_asks_for_sign_in(shop: MCPServer, method: str, params: dict[str, Any]) -> None:
    with pytest.raises(SignInRequired):
        await ask(shop, None, method, **params)


async def test_missing_scope_is_told_and_hides_nothing(shop: MCPServer) -> None:
    with pytest.raises(ScopeRequired) as required:
        await ask(shop, ADA, "tools/call", name="buy")
    assert required.value.scope == "buy"
    assert (await ask(shop, evolve(ADA, scopes=frozenset({"buy"})), "tools/call", name="buy"))["isError"] is False


async def test_server_without_sign_in_asks_for_no_scope(shop: MCPServer) -> None:
    assert (await Desk(shop, None).ask("tools/call", name="buy"))["isError"] is False


def test_name_is_taken_once() -> None:
    server = build(1)
    with pytest.raises(ValueError, match="a tool tool0 already"):
        server.tool(name="tool0")(lambda: "x")
    with pytest.raises(ValueError, match="a prompt prompt0 already"):
        server.prompt(name="prompt0")(lambda: "x")
    with pytest.raises(ValueError, match="a resource thing://0 already"):
        server.resource("thing://0")(lambda: "x")


async def test_feature_whose_last_entry_goes_stays_with_an_empty_list() -> None:
    """Server: tools: the set may be empty."""
    server = build(1)
    server.remove_tool("tool0")
    desk = Desk(server)
    assert (await desk.ask("tools/list"))["tools"] == []
    assert "tools" in (await desk.ask("server/discover"))["capabilities"]


async def test_capabilities_are_what_there_is() -> None:
    """Server: discovery."""
    server = MCPServer("little")
    server.resource("little://{name}/more")(more)
    capabilities = (await Desk(server).ask("server/discover"))["capabilities"]
    assert capabilities == {"resources": {"listChanged": True, "subscribe": True}, "completions": {}, "logging": {}}


async def test_servers_are_composed_under_a_prefix() -> None:
    billing, notes = MCPServer("billing"), MCPServer("notes")

    @billing.tool(scope="billing:pay")
    async def pay() -> str:
        return "paid"

    billing.prompt(name="dun")(lambda: "Pay!")
    billing.resource("billing://all")(lambda: "x")
    billing.resource("billing://{name}/more")(more)
    notes.include(billing, prefix="billing")
    desk = Desk(notes, evolve(ADA, scopes=frozenset({"billing:pay"})))
    assert [each["name"] for each in (await desk.ask("tools/list"))["tools"]] == ["billing_pay"]
    assert [each["name"] for each in (await desk.ask("prompts/list"))["prompts"]] == ["billing_dun"]
    assert (await desk.call("billing_pay"))["content"][0]["text"] == "paid"
    assert (await desk.ask("resources/read", uri="billing://a/more"))["contents"][0]["text"] == "a"
    assert billing.catalogs.tools.find("pay") is not None
