"""Characters that are none (lone surrogates, RFC 8259 section 8.2; Latin-1 in headers, RFC 9110 section 5.5) from a
server's every door.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from .browser import Browser
from .conftest import Running
from .foreign import Foreign

ESCAPED, RAW = b"bad \\ud800 thing", b"bad \xed\xa0\x80 thing"
PAGES = (
    "",
    "/trace?open=all",
    "/trace.json?run=all",
    "/trace.har?run=all",
    "/trace.html?run=all",
    "/settings",
    "/calls",
)


def says(status: int, body: bytes, kind: str = "application/json") -> object:
    async def door(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, content_type=kind)

    return door


def resource(foreign: Foreign, text: bytes) -> None:
    document = json.dumps(
        {"resource": foreign.url, "authorization_servers": [foreign.origin], "scopes_supported": ["a@b"]}
    ).encode()
    foreign.doors["/.well-known/oauth-protected-resource/mcp"] = says(200, document.replace(b"a@b", text))  # type: ignore[assignment]


def issuer(foreign: Foreign, text: bytes) -> None:
    foreign.doors["/.well-known/oauth-authorization-server"] = says(200, b'{"issuer": "' + text + b'"}')  # type: ignore[assignment]


def registration(foreign: Foreign, text: bytes) -> None:
    foreign.doors["/register"] = says(400, b'{"error": "x", "error_description": "' + text + b'"}')  # type: ignore[assignment]


def token(foreign: Foreign, text: bytes) -> None:
    foreign.doors["/token"] = says(400, b'{"error": "invalid_grant", "error_description": "' + text + b'"}')  # type: ignore[assignment]


def claims(foreign: Foreign, text: bytes) -> None:
    part = base64.urlsafe_b64encode(b'{"sub": "' + text + b'"}').rstrip(b"=").decode()
    jwt = f"{base64.urlsafe_b64encode(b'{}').rstrip(b'=').decode()}.{part}.c2lnbmF0dXJl"
    answer = json.dumps({"access_token": jwt, "token_type": "Bearer"}).encode()
    foreign.doors["/token"] = says(200, answer)  # type: ignore[assignment]


def refusal(foreign: Foreign, text: bytes) -> None:
    foreign.doors["/mcp"] = says(500, b'{"message": "' + text + b'"}')  # type: ignore[assignment]


def plain(foreign: Foreign, text: bytes) -> None:
    foreign.doors["/mcp"] = says(403, text, "text/plain")  # type: ignore[assignment]


def result(foreign: Foreign, text: bytes) -> None:
    foreign.doors["/mcp"] = says(200, b'{"jsonrpc": "2.0", "id": 1, "result": {"x": "' + text + b'"}}')  # type: ignore[assignment]


def stream(foreign: Foreign, text: bytes) -> None:
    foreign.doors["/mcp"] = says(
        200, b'data: {"jsonrpc": "2.0", "id": 1, "result": {"x": "' + text + b'"}}\n\n', "text/event-stream"
    )  # type: ignore[assignment]


@pytest.mark.parametrize("text", [ESCAPED, RAW], ids=["escaped", "raw"])
@pytest.mark.parametrize("lie", [resource, issuer, registration, token, claims, refusal, plain, result, stream])
async def test_no_page_breaks_over_characters_that_are_none(
    browser: Browser, foreign: Foreign, lie: object, text: bytes
) -> None:
    lie(foreign, text)  # type: ignore[operator]
    page = await browser.add(foreign.url)
    assert page.status == 200
    assert "Something went wrong" not in page.text
    for path in PAGES:
        assert (await browser.get(browser.room_of(page) + path)).status == 200
    assert (await browser.get("/")).status == 200


@asynccontextmanager
async def answering(data: bytes) -> AsyncIterator[str]:
    """A server that says this to everybody; the libraries would not send it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"


@pytest.mark.parametrize("first", [b"200 OK", b"401 Acc\xe8s refus\xe9", b"307 Ailleurs", b"403 D\xe9fendu"])
@pytest.mark.parametrize(
    "header",
    [
        b"Set-Cookie: lang=fran\xe7ais; path=/",
        b'WWW-Authenticate: Bearer error="invalid_token", error_description="acc\xe8s refus\xe9"',
        b"Location: https://elsewhere.example/caf\xe9",
        b"Content-Type: text/caf\xe9",
        b"Mcp-Session-Id: \xe9",
        b"DPoP-Nonce: \xe9",
        b"Server: Caf\xe9/1.0",
    ],
)
async def test_header_in_latin_1_breaks_no_page(browser: Browser, first: bytes, header: bytes) -> None:
    async with answering(
        b"HTTP/1.1 %s\r\n%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (first, header)
    ) as url:
        page = await browser.add(url)
        assert page.status == 200
        assert "Something went wrong" not in page.text
        for path in PAGES:
            assert (await browser.get(browser.room_of(page) + path)).status == 200


@pytest.mark.parametrize("name", [b"Caf\xe9", "Café".encode()])
async def test_header_in_latin_1_is_read_as_such(browser: Browser, name: bytes) -> None:
    async with answering(
        b"HTTP/1.1 403 No\r\nServer: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % name
    ) as url:
        page = await browser.add(url)
        assert (
            "The Server header of the response is Café." in (await browser.get(browser.room_of(page) + "/trace")).text
        )


@pytest.mark.parametrize("typed", ['{"x": "\\ud800"}', "\ud800"])
async def test_person_may_type_what_is_no_character(
    browser: Browser, foreign: Foreign, client: Running, typed: str
) -> None:
    foreign.lies.open_door = True
    page = await browser.add(foreign.url)
    opened = await browser.get(f"{browser.room_of(page)}/tool?name=free_form")
    form = opened.form("/call", tool="free_form")
    name = next(each for each in form.fields if each.startswith("arg"))
    answer = await browser.submit(opened, form, **{name.replace(".", "__"): typed.encode("utf-8", "replace").decode()})
    assert answer.status in (200, 400)
