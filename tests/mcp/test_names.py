"""Names that clients refuse are refused where they are given (MCP 2026-07-28, tools: tool names), and numbers that
JSON cannot carry where they are told.
"""

from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from typing import Any

import pytest

from mcpserver import Context, MCPServer

from .desk import Desk, text_of

WRONG = [
    "",
    " ",
    "two words",
    "comma,",
    "größe",
    "a" * 129,
    "line\nbreak",
    "tab\t",
    "nul\0",
    "slash/",
    "\ud800",
    "trailing ",
    "a" * 128 + "\n",
]


@pytest.mark.parametrize("name", WRONG)
def test_tool_has_a_name_that_every_client_takes(name: str) -> None:
    server = MCPServer("names")
    with pytest.raises(ValueError, match="cannot be the name of a tool"):
        server.tool(name=name)(lambda: "x")
    assert not list(server.catalogs.tools)


@pytest.mark.parametrize("name", ["getUser", "DATA_EXPORT_v2", "admin.tools.list", "a", "-", "a" * 128])
def test_names_of_the_specification_are_taken(name: str) -> None:
    server = MCPServer("names")
    server.tool(name=name)(lambda: "x")
    assert [tool.name for tool in server.catalogs.tools] == [name]


@pytest.mark.parametrize("prefix", ["two words", "größe", "a" * 128, "nul\0"])
def test_prefix_makes_no_name_that_a_tool_cannot_have(prefix: str) -> None:
    """And a server that cannot be included changes nothing."""
    other, server = MCPServer("other"), MCPServer("names")
    other.prompt(name="first")(lambda: "x")
    other.tool(name="tool")(lambda: "x")
    with pytest.raises(ValueError, match="cannot be the name of a tool"):
        server.include(other, prefix=prefix)
    assert (list(server.catalogs.tools), list(server.catalogs.prompts)) == ([], [])


def test_lambda_needs_a_name() -> None:
    server = MCPServer("names")
    with pytest.raises(ValueError, match="A lambda has no name: give the tool one with name="):
        server.tool(lambda: "x")
    with pytest.raises(ValueError, match="A lambda has no name: give the prompt one with name="):
        server.prompt(lambda: "x")
    server.resource("memo://one")(lambda: "x")
    assert [resource.described.name for resource in server.catalogs.resources] == ["memo://one"]


@pytest.mark.parametrize("name", ["", " ", "a" * 129, "line\nbreak", "nul\0", " padded", "\ud800"])
def test_prompts_and_resources_have_names_that_can_be_read(name: str) -> None:
    server = MCPServer("names")
    with pytest.raises(ValueError, match="cannot be the name of a prompt"):
        server.prompt(name=name)(lambda: "x")
    for uri in ("memo://one", "memo://{number}"):
        with pytest.raises(ValueError, match="cannot be the name of a resource"):
            server.resource(uri, name=name)(_memo if "{" in uri else lambda: "x")


def _memo(number: int) -> str:
    return str(number)


@pytest.mark.parametrize("scope", ["", " ", "a  b", "größe", 'quo"te', "back\\slash", "line\nbreak"])
def test_scopes_are_words_that_a_token_can_have(scope: str) -> None:
    """RFC 6749 section 3.3."""
    server = MCPServer("names")
    for register in (
        server.tool(name="x", scope=scope),
        server.prompt(name="x", scope=scope),
        server.resource("x://x", scope=scope),
    ):
        with pytest.raises(ValueError, match="cannot be a scope"):
            register(lambda: "x")
    with pytest.raises(ValueError, match="cannot be a scope"):
        MCPServer("names", scopes={scope: "Do something"})


LISTENING: list[dict[str, Any]] = [{}, {"progressToken": 1, "io.modelcontextprotocol/logLevel": "debug"}]
"""``_meta`` of a client that does not listen, and of one that does."""


@pytest.mark.parametrize("meta", LISTENING, ids=["deaf", "listening"])
@pytest.mark.parametrize("value", [nan, inf, -inf, Decimal("NaN"), Decimal("Infinity"), "3", True, None, 10**400])
async def test_progress_that_json_cannot_carry_fails_always(meta: dict[str, Any], value: Any) -> None:
    """MCP 2026-07-28, patterns: progress: numbers, which may be floating point."""
    for arguments in ({"progress": value}, {"progress": 1, "total": value}):
        if arguments.get("total", 0) is None:
            continue
        desk = Desk(MCPServer("numbers"))

        @desk.server.tool
        async def report(context: Context, arguments: dict[str, Any] = arguments) -> str:
            await context.progress(**arguments)
            return "done"

        assert "reference" in await desk.error("report", meta=meta)
        assert desk.heard == []


async def test_progress_in_other_numbers_is_told_as_the_number_it_is() -> None:
    desk = Desk(MCPServer("numbers"))

    @desk.server.tool
    async def report(context: Context) -> str:
        await context.progress(1, total=2**60)
        await context.progress(Decimal("1.5"))  # type: ignore[arg-type]
        await context.progress(Fraction(7, 4), total=Decimal(2))  # type: ignore[arg-type]
        return "done"

    await desk.call("report", meta=LISTENING[1])
    assert [(params["progress"], params.get("total")) for _, params in desk.heard] == [
        (1, float(2**60)),
        (1.5, None),
        (1.75, 2.0),
    ]


@pytest.mark.parametrize("meta", LISTENING, ids=["deaf", "listening"])
@pytest.mark.parametrize(
    "told",
    [
        {"data": object()},
        {"data": nan},
        {"data": "\ud800"},
        {"data": {"deep": [object()]}},
        {"level": "loud"},
        {"logger": 3},
    ],
    ids=["object", "nan", "surrogate", "nested", "level", "logger"],
)
async def test_log_that_json_cannot_carry_fails_always(meta: dict[str, Any], told: dict[str, Any]) -> None:
    desk = Desk(MCPServer("logs"))

    @desk.server.tool
    async def report(context: Context) -> str:
        await context.log(**{"level": "info", "data": "x", **told})
        return "done"

    assert "reference" in await desk.error("report", meta=meta)
    assert desk.heard == []


async def test_log_takes_what_results_take() -> None:
    desk = Desk(MCPServer("logs"))

    @desk.server.tool
    async def report(context: Context) -> str:
        await context.info({"when": Decimal("1.50")})
        return "done"

    assert text_of(await desk.call("report", meta=LISTENING[1])) == "done"
    assert desk.heard == [("notifications/message", {"level": "info", "data": {"when": "1.50"}})]
