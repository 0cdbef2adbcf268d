"""Servers behind a load balancer that knows a session by a cookie (RFC 6265): it comes back to the origin that set
it, and nowhere else.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from webclient.mcp.client import Session
from webclient.mcp.messaging.cookies import LARGEST, LONGEST, MOST, Cookies

from .conftest import Person, Rig
from .scripted import TOOL, Script, Scripted, Turn, event, legacy, modern

Serve = Callable[[Script], Awaitable[Scripted]]
STICKY = "AWSALB=vWq0d1u/k+Z5rJ3b7pX2==; Expires=Mon, 01 Jan 2120 00:00:00 GMT; Path=/"
SECRET = "vWq0d1u/k+Z5rJ3b7pX2=="


def balanced(script: Script, first: str) -> Script:
    """Sets its cookie with the answer to ``first``; whatever else comes without it went to the wrong server."""

    async def answer(turn: Turn) -> web.StreamResponse:
        if turn.method not in ("server/discover", "initialize") and f"AWSALB={SECRET}" not in turn.request.headers.get(
            "Cookie", ""
        ):
            return turn.error(-32001, 404)
        response = await script(turn)
        if turn.method == first:
            response.headers["Set-Cookie"] = STICKY
        return response

    return answer


async def call(turn: Turn) -> web.StreamResponse:
    if turn.request.method == "GET":
        return await turn.stream(b": open\n\n")
    return await turn.stream(event(turn.response({"content": []})))


async def test_session_of_before_stays_with_its_server(rig: Rig, serve: Serve) -> None:
    """The answer to initialize sets it; the list, a call on a stream and the goodbye bring it."""
    server = await serve(balanced(legacy(call), "initialize"))
    async with rig.client(server.url, host=Person()) as client:
        assert len((await client.list_tools()).items) == 1
        await client.call_tool(TOOL, {})
    assert {"notifications/initialized", "tools/list", "tools/call", "GET", "DELETE"} <= set(server.methods())
    assert server.methods().count("initialize") == 1
    asked = [turn for turn in server.turns if turn.method not in ("server/discover", "initialize")]
    assert {turn.request.headers["Cookie"] for turn in asked} == {f"AWSALB={SECRET}"}


async def test_server_of_today_gets_it_back_too(rig: Rig, serve: Serve) -> None:
    server = await serve(balanced(modern(call), "server/discover"))
    async with rig.client(server.url) as client:
        await client.list_tools()
        await client.call_tool(TOOL, {})
    assert [turn.request.headers.get("Cookie") for turn in server.turns] == [
        None,
        *[f"AWSALB={SECRET}"] * (len(server.turns) - 1),
    ]


async def test_next_operation_of_a_kept_session_brings_it(rig: Rig, serve: Serve) -> None:
    server, session = await serve(balanced(legacy(call), "initialize")), Session()
    for _ in range(2):
        async with rig.client(server.url, session=session) as client:
            await client.call_tool(TOOL, {})
    assert server.methods().count("initialize") == 1


async def test_other_server_and_other_session_get_none(rig: Rig, serve: Serve) -> None:
    """Cookies ignore ports, so another server of the same host is the neighbour to think of."""
    server, other = await serve(balanced(legacy(call), "initialize")), await serve(legacy(call))
    session = Session()
    async with rig.client(server.url, session=session) as client:
        await client.list_tools()
    async with rig.client(other.url, session=session) as client:
        await client.list_tools()
    async with rig.client(server.url) as client:
        await client.open()
    assert all("Cookie" not in turn.request.headers for turn in other.turns)
    assert ["Cookie" in turn.request.headers for turn in server.only("initialize")] == [False, False]


async def test_session_begun_anew_begins_without(rig: Rig, serve: Serve) -> None:
    server = await serve(balanced(legacy(call), "initialize"))
    async with rig.client(server.url) as client:
        await client.open()
        await client.open()
    assert [turn.request.headers.get("Cookie") for turn in server.only("initialize")] == [None, None]


async def test_cookie_is_a_secret_in_the_trace(rig: Rig, serve: Serve) -> None:
    async def echo(turn: Turn) -> web.StreamResponse:
        return turn.result({"content": [{"type": "text", "text": f"you sent {SECRET}"}]})

    server = await serve(balanced(legacy(echo), "initialize"))
    async with rig.client(server.url) as client:
        await client.call_tool(TOOL, {})
    assert "Set-Cookie" in repr(rig.hops.hops)
    assert SECRET not in repr(rig.hops.hops)


ORIGIN = "https://mcp.example"


@pytest.mark.parametrize("pair", ["a=abc", 'a="x y"', "a=k+/Z==", "a={x}|%41", "a=", "a=x:y,z@1"])
async def test_value_goes_back_as_it_came(pair: str) -> None:
    """RFC 6265 section 5.2: quotation marks belong to the value, and nothing is put around it."""
    cookies = Cookies()
    cookies.learn(f"{ORIGIN}/mcp", [f"{pair}; Path=/"])
    assert cookies.header(f"{ORIGIN}/mcp") == pair


@pytest.mark.parametrize(
    ("set_by", "cookie", "asked", "sent"),
    [
        (f"{ORIGIN}/mcp", "a=1", f"{ORIGIN}/mcp", "a=1"),
        (f"{ORIGIN}/mcp", "a=1; Path=/mcp", f"{ORIGIN}/mcp/x", "a=1"),
        (f"{ORIGIN}/mcp", "a=1; Path=/mcp", f"{ORIGIN}/mcpx", ""),
        (f"{ORIGIN}/mcp", "a=1; Domain=mcp.example", f"{ORIGIN}/mcp", "a=1"),
        (f"{ORIGIN}/mcp", "a=1; Domain=other.example", f"{ORIGIN}/mcp", ""),
        (f"{ORIGIN}/mcp", "a=1; Domain=mcp.example", "https://sub.mcp.example/mcp", ""),
        (f"{ORIGIN}/mcp", "a=1; Secure", f"{ORIGIN}/mcp", "a=1"),
        (f"{ORIGIN}/mcp", "a=1", "http://mcp.example/mcp", ""),
        (f"{ORIGIN}/mcp", "a=1", f"{ORIGIN}:8443/mcp", ""),
        ("http://127.0.0.1:1/mcp", "a=1", "http://127.0.0.1:1/mcp", "a=1"),
        ("http://127.0.0.1:1/mcp", "a=1; Secure", "http://127.0.0.1:1/mcp", ""),
        ("http://127.0.0.1:1/mcp", "a=1", "http://127.0.0.1:2/mcp", ""),
        (f"{ORIGIN}/mcp", "a=1; Max-Age=0", f"{ORIGIN}/mcp", ""),
        (f"{ORIGIN}/mcp", "a=1; Expires=Thu, 01 Jan 1970 00:00:01 GMT", f"{ORIGIN}/mcp", ""),
        (f"{ORIGIN}/mcp", 'a="x y"; Path=/', f"{ORIGIN}/mcp", 'a="x y"'),
        (f"{ORIGIN}/mcp", "a=\u00e4", f"{ORIGIN}/mcp", ""),
        (f"{ORIGIN}/mcp", "a=" + "x" * LONGEST, f"{ORIGIN}/mcp", ""),
        (f"{ORIGIN}/mcp", ";;=;", f"{ORIGIN}/mcp", ""),
    ],
)
async def test_cookie_goes_where_it_may(set_by: str, cookie: str, asked: str, sent: str) -> None:
    """RFC 6265 section 5.3 and 5.4; and never to another origin, where the RFC would let it."""
    cookies = Cookies()
    cookies.learn(set_by, [cookie])
    assert cookies.header(asked) == sent


async def test_cookies_are_bounded() -> None:
    """RFC 6265 section 6.1 leaves the bounds to the client."""
    cookies, url = Cookies(), f"{ORIGIN}/mcp"
    for number in range(500):
        cookies.learn(url, [f"a{number}=1"])
    assert 1 <= len(cookies.header(url).split("; ")) <= MOST
    assert "a499=1" in cookies.header(url)
    many: list[Any] = [f"b{number}={'x' * (LONGEST - 20)}" for number in range(10_000)]
    assert len(cookies.learn(url, many)) <= MOST
    assert len(cookies.header(url)) <= LARGEST


async def test_other_origin_sets_none() -> None:
    """Nor does it take over what the first one has set."""
    cookies = Cookies()
    cookies.learn(f"{ORIGIN}/mcp", ["a=1"])
    assert cookies.learn("https://other.example/mcp", ["a=2", "b=2"]) == []
    assert (cookies.header(f"{ORIGIN}/mcp"), cookies.header("https://other.example/mcp")) == ("a=1", "")
