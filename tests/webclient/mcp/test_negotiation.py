"""Which era a server is of (MCP 2026-07-28, versioning and Streamable HTTP: backward compatibility)."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from webclient.errors import FlowError, ProtocolFailure
from webclient.mcp.client import Session
from webclient.mcp.protocol.results import RpcError

from .conftest import Rig
from .scripted import DISCOVERED, Script, Scripted, Turn, legacy, modern, no_line

Serve = Callable[[Script], Awaitable[Scripted]]


async def test_modern_server_introduces_itself(rig: Rig, serve: Serve) -> None:
    server = await serve(modern(no_line))
    async with rig.client(server.url) as client:
        met = await client.open()
    assert (met.name, met.protocol, met.version, met.instructions) == ("scripted", "2026-07-28", "1", "Be kind.")
    assert met.offers("tools")
    assert not met.offers("prompts")
    assert server.methods() == ["server/discover"]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, ""),
        (400, "Bad Request: Server not initialized"),
        (404, "nothing here"),
        (405, ""),
        (406, ""),
        (400, '{"jsonrpc":"2.0","id":1,"error":{"code":-32600}}'),
    ],
)
async def test_anything_that_no_modern_server_says_means_the_handshake(
    rig: Rig, serve: Serve, status: int, text: str
) -> None:
    """«If the body is empty or is not a recognized modern JSON-RPC error, fall back to initialize.»"""

    async def old(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return web.Response(status=status, text=text)
        return await legacy(no_line)(turn)

    server = await serve(old)
    async with rig.client(server.url) as client:
        assert (await client.open()).protocol == "2025-11-25"
    assert server.methods() == ["server/discover", "initialize", "notifications/initialized", "DELETE"]
    assert rig.failed() == []


async def test_empty_introduction_is_none(rig: Rig, serve: Serve) -> None:
    """MCP 2026-07-28, discovery: supportedVersions is required; a server of before that answers anything with {} is
    not modern.
    """

    async def old(turn: Turn) -> web.StreamResponse:
        return turn.result({}) if turn.method == "server/discover" else await legacy(no_line)(turn)

    async with rig.client((await serve(old)).url) as client:
        assert (await client.open()).protocol == "2025-11-25"


@pytest.mark.parametrize("code", [-32020, -32021])
async def test_modern_error_is_no_reason_to_fall_back(rig: Rig, serve: Serve, code: int) -> None:
    async def refuse(turn: Turn) -> web.StreamResponse:
        return turn.error(code)

    server = await serve(refuse)
    with pytest.raises(RpcError):
        await rig.client(server.url).open()
    assert server.methods() == ["server/discover"]


async def test_server_that_refuses_a_version_it_supports_is_asked_again(rig: Rig, serve: Serve) -> None:
    """«The client SHOULD select a mutually supported version from the supported list and retry the request.»"""
    refused: list[Turn] = []

    async def moody(turn: Turn) -> web.StreamResponse:
        if not refused:
            refused.append(turn)
            return turn.error(-32022, data={"supported": ["2026-07-28"], "requested": "2026-07-28"})
        return turn.result(DISCOVERED)

    server = await serve(moody)
    assert (await rig.client(server.url).open()).protocol == "2026-07-28"
    assert len(server.turns) == 2


async def test_server_that_always_refuses_is_not_asked_forever(rig: Rig, serve: Serve) -> None:
    async def refuse(turn: Turn) -> web.StreamResponse:
        return turn.error(-32022, data={"supported": ["2026-07-28"]})

    server = await serve(refuse)
    with pytest.raises(RpcError):
        await rig.client(server.url).open()
    assert len(server.turns) == 2


@pytest.mark.parametrize("named", [["2025-06-18"], ["1999-01-01", "2025-03-26"]])
async def test_older_version_in_common_is_shaken_hands_on(rig: Rig, serve: Serve, named: list[str]) -> None:
    async def old(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return turn.error(-32022, data={"supported": named})
        return await legacy(no_line, version=named[-1])(turn)

    server = await serve(old)
    assert (await rig.client(server.url).open()).protocol == named[-1]
    assert server.only("initialize")[0].params["protocolVersion"] == named[-1]


async def test_introduction_in_an_older_version_is_taken_at_its_word(rig: Rig, serve: Serve) -> None:
    async def old(turn: Turn) -> web.StreamResponse:
        return (
            turn.result({"supportedVersions": ["2025-11-25"]})
            if turn.method == "server/discover"
            else await legacy(no_line)(turn)
        )

    assert (await rig.client((await serve(old)).url).open()).protocol == "2025-11-25"


@pytest.mark.parametrize("answer", [{"supportedVersions": ["2099-01-01"]}, None])
async def test_nothing_in_common_is_said(rig: Rig, serve: Serve, answer: dict[str, object] | None) -> None:
    async def future(turn: Turn) -> web.StreamResponse:
        return turn.result(answer) if answer else turn.error(-32022, data={"supported": ["2099-01-01"]})

    with pytest.raises(ProtocolFailure, match="supports only MCP 2099-01-01"):
        await rig.client((await serve(future)).url).open()


@pytest.mark.parametrize(("status", "code"), [(404, -32601), (400, -32022), (400, -32600), (405, 0), (500, -32603)])
async def test_modern_server_without_an_introduction_is_still_modern(
    rig: Rig, serve: Serve, status: int, code: int
) -> None:
    """Status 404 with -32601 is how a server of 2026-07-28 says that it does not know a method (Streamable HTTP,
    protocol version header).
    """

    async def shy(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return turn.error(-32601, status=404)
        if turn.method in ("initialize", "GET"):
            return turn.error(code, status=status)
        return await modern(no_line)(turn)

    server = await serve(shy)
    async with rig.client(server.url) as client:
        assert (await client.open()).protocol == "2026-07-28"
        assert len((await client.list_tools()).items) == 1
    assert rig.failed() == []


async def test_insisting_on_the_newest_asks_a_shy_server_for_no_handshake(rig: Rig, serve: Serve) -> None:
    async def shy(turn: Turn) -> web.StreamResponse:
        return turn.error(-32601, status=404) if turn.method == "server/discover" else await modern(no_line)(turn)

    server = await serve(shy)
    async with rig.client(server.url, protocol="2026-07-28") as client:
        assert (await client.open()).protocol == "2026-07-28"
    assert server.methods() == ["server/discover"]


async def test_older_server_behind_a_gateway_that_knows_no_method_is_shaken_hands_with(rig: Rig, serve: Serve) -> None:
    """Versioning, backward compatibility: gateways answer any method they do not know with 404 and -32601, and the
    server behind is of 2025.
    """

    async def bridge(turn: Turn) -> web.StreamResponse:
        return turn.error(-32601, status=404) if turn.method == "server/discover" else await legacy(no_line)(turn)

    server = await serve(bridge)
    async with rig.client(server.url) as client:
        met = await client.open()
        assert (met.name, met.protocol) == ("old", "2025-11-25")
        assert len((await client.list_tools()).items) == 1
    assert server.only("tools/list")[0].request.headers["Mcp-Session-Id"] == "s-1"
    assert rig.failed() == []


@pytest.mark.parametrize("protocol", ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"])
async def test_revision_can_be_insisted_on(rig: Rig, serve: Serve, protocol: str) -> None:
    async def both(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            return turn.result(DISCOVERED)
        return await legacy(no_line, version=str(turn.params.get("protocolVersion")))(turn)

    server = await serve(both)
    async with rig.client(server.url, protocol=protocol) as client:
        assert (await client.open()).protocol == protocol
    assert ("server/discover" in server.methods()) == (protocol == "2026-07-28")


async def test_unknown_revision_is_refused_before_anything_is_sent(rig: Rig, serve: Serve) -> None:
    server = await serve(modern(no_line))
    with pytest.raises(ProtocolFailure, match="does not support MCP 1999"):
        await rig.client(server.url, protocol="1999-01-01").open()
    assert server.turns == []


async def test_server_that_answers_in_another_revision_than_insisted_on_is_left(rig: Rig, serve: Serve) -> None:
    with pytest.raises(ProtocolFailure, match="asked for MCP 2025-11-25, and the server responded with 2025-03-26"):
        await rig.client((await serve(legacy(no_line, "2025-03-26"))).url, protocol="2025-11-25").open()


async def test_insisting_on_the_newest_never_falls_back(rig: Rig, serve: Serve) -> None:
    server = await serve(legacy(no_line))
    with pytest.raises(ProtocolFailure, match="does not support MCP 2026-07-28"):
        await rig.client(server.url, protocol="2026-07-28").open()
    assert server.methods() == ["server/discover"]


async def test_known_server_is_not_asked_again(rig: Rig, serve: Serve) -> None:
    """«Clients SHOULD cache the result.»"""
    server = await serve(modern(no_line))
    session = Session()
    for _ in range(2):
        async with rig.client(server.url, session=session) as client:
            await client.list_tools(fresh=True)
    assert server.methods() == ["server/discover", "tools/list", "tools/list"]


@pytest.mark.parametrize("before", ["2026-07-28", "2025-11-25"])
async def test_server_that_changed_its_era_is_met_anew(rig: Rig, serve: Serve, before: str) -> None:
    """«Re-probing if the cached assumption later fails.»"""
    script = legacy(no_line) if before == "2026-07-28" else modern(no_line)

    async def strict(turn: Turn) -> web.StreamResponse:
        if before == "2025-11-25" and "_meta" not in turn.params:
            return turn.error(-32022, data={"supported": ["2026-07-28"]})
        if before == "2026-07-28" and turn.method == "tools/list" and not turn.request.headers.get("Mcp-Session-Id"):
            return web.Response(status=400, text="no session")
        return await script(turn)

    session = Session(protocol=before)
    session.shaken = before != "2026-07-28"
    async with rig.client((await serve(strict)).url, session=session) as client:
        assert len((await client.list_tools()).items) == 1
        assert client.server.protocol != before


async def test_handshake_that_fails_now_is_no_last_word(rig: Rig, serve: Serve) -> None:
    """A server that was remembered as older, and has become modern since."""

    async def changed(turn: Turn) -> web.StreamResponse:
        return (
            turn.error(-32022, data={"supported": ["2026-07-28"]})
            if turn.method == "initialize"
            else await modern(no_line)(turn)
        )

    async with rig.client((await serve(changed)).url, session=Session(protocol="2025-11-25")) as client:
        assert len((await client.list_tools()).items) == 1
        assert client.server.protocol == "2026-07-28"


@pytest.mark.parametrize("status", [500, 502])
async def test_broken_server_is_not_taken_for_an_old_one(rig: Rig, serve: Serve, status: int) -> None:
    async def broken(turn: Turn) -> web.StreamResponse:
        return web.Response(status=status)

    server = await serve(broken)
    with pytest.raises(FlowError, match=f"status {status}"):
        await rig.client(server.url).open()
    assert server.methods() == ["server/discover", "initialize"]


@pytest.mark.parametrize("silent", [True, False])
async def test_failure_or_silence_may_be_an_older_servers(rig: Rig, serve: Serve, silent: bool) -> None:
    """MCP 2026-07-28, versioning: anything but a recognized modern error identifies a legacy server."""
    old = legacy(no_line)

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method == "server/discover":
            if silent:
                await turn.server.gone.wait()
            return web.Response(status=500)
        return await old(turn)

    async with rig.client((await serve(answer)).url, request_timeout=1) as client:
        assert (await client.open()).protocol == "2025-11-25"


async def test_web_page_is_no_server(rig: Rig, serve: Serve) -> None:
    async def page(turn: Turn) -> web.StreamResponse:
        return web.Response(text="<h1>Hello</h1>", content_type="text/html")

    with pytest.raises(FlowError, match="it sends text/html instead of JSON"):
        await rig.client((await serve(page)).url).open()


async def test_nothing_at_all_is_said_once(rig: Rig, serve: Serve) -> None:
    """After the oldest transport failed too, the first answer counts."""

    async def nothing(turn: Turn) -> web.StreamResponse:
        return web.Response(status=404)

    server = await serve(nothing)
    with pytest.raises(FlowError, match="not an MCP server"):
        await rig.client(server.url).open()
    assert server.methods() == ["server/discover", "initialize", "GET"]
