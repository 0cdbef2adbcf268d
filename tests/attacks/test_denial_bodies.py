"""Chapter N of the attack catalogue, bodies: compressed ones are refused on every route of either program, and
nothing is unpacked.
"""

import gzip
import json
import re

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from mcpbase.serving.bodies import CompressedBody
from mcpbase.serving.limits import Limits
from mcpserver.compose.mount import mount
from mcpserver.notes.application import open_notes
from mcpserver.settings import Settings
from tests.ports import free_port

from .wire import PROGRAMS, Target

LONG = Limits(head=300, idle=300, stall=300)
BOMB = gzip.compress(bytes(20_000_000))
LARGE = 10_000_000
"""Bytes, more than any route takes."""
SENTENCE = CompressedBody.sentence.encode()

programs = pytest.mark.parametrize("program", PROGRAMS)


def requests(target: Target) -> list[str]:
    """Method and path of every route, and of one that does not exist."""
    routes = [
        (route.method, route.resource.canonical) for route in target.app.router.routes() if route.resource is not None
    ]
    pairs = {(method.replace("*", "POST"), re.sub(r"\{\w+\}", "x", path)) for method, path in routes}
    return [
        f"{method} {path}"
        for method, path in sorted(pairs | {("POST", "/nowhere"), ("GET", "/nowhere")})
        if method != "OPTIONS"
    ]


@programs
async def test_n2_compressed_body_is_refused_on_every_route(program: str) -> None:
    """RFC 9110 section 15.5.16, and 12.5.3: the answer says that none but ``identity`` is taken."""
    async with PROGRAMS[program](LONG) as target:
        for line in requests(target):
            answer = await target.ask(
                line,
                "Content-Encoding: gzip",
                "Content-Type: application/json",
                f"Content-Length: {len(BOMB)}",
                body=BOMB,
            )
            assert answer.startswith(b"HTTP/1.1 415 "), line
            assert b"\r\nAccept-Encoding: identity\r\n" in answer, line
            assert SENTENCE in answer or line.startswith("HEAD "), line


@programs
@pytest.mark.parametrize("coding", ["GZIP", "deflate", "br", "zstd", "identity, gzip", "x-unknown"])
async def test_n2_every_coding_but_identity_is_refused(program: str, coding: str) -> None:
    async with PROGRAMS[program](LONG) as target:
        assert b" 415 " in await target.ask("POST /mcp", f"Content-Encoding: {coding}", "Content-Length: 2", body=b"{}")


@programs
async def test_n2_identity_is_no_coding(program: str) -> None:
    """RFC 9110 section 8.4.1: it is reserved for use in Accept-Encoding, and harmless here."""
    async with PROGRAMS[program](LONG) as target:
        assert b" 415 " not in await target.ask(
            "POST /mcp", "Content-Type: application/json", "Content-Encoding: identity", "Content-Length: 2", body=b"{}"
        )


@pytest.mark.parametrize(
    ("line", "accept", "shape"),
    [
        ("POST /token", "application/json", "oauth"),
        ("POST /login", "text/html", "page"),
        ("POST /mcp", "application/json, text/event-stream", "rpc"),
        ("POST /messages", "application/json", "rpc"),
    ],
)
async def test_n2_refusal_has_the_shape_of_its_route(line: str, accept: str, shape: str) -> None:
    async with PROGRAMS["service"](LONG) as target:
        answer = await target.ask(
            line, "Content-Encoding: gzip", f"Accept: {accept}", f"Content-Length: {len(BOMB)}", body=BOMB
        )
    _, _, body = answer.partition(b"\r\n\r\n")
    if shape == "page":
        assert body.lstrip().lower().startswith(b"<!doctype html>")
    else:
        document = json.loads(body)
        assert document["error"] == "invalid_request" if shape == "oauth" else document["error"]["code"] == -32600


@pytest.mark.parametrize("path", ["/notes/mcp", "/notes/token", "/notes/login"])
async def test_n2_part_of_another_application_refuses_as_well(path: str) -> None:
    """Whose server would unpack."""
    port = free_port()
    app = web.Application()
    await mount(
        app, Settings(port=port, public_url=f"http://127.0.0.1:{port}/notes", database="sqlite://"), server=open_notes
    )
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with (
        TestServer(app, port=port) as server,
        ClientSession() as http,
        http.post(server.make_url(path), data=BOMB, headers=headers) as answer,
    ):
        assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "identity")


@programs
async def test_t1_declared_size_is_refused_unread_on_every_route(program: str) -> None:
    """RFC 9110 section 15.5.14: by Content-Length, before who asks is looked at."""
    async with PROGRAMS[program](LONG) as target:
        for line in requests(target):
            wire = await target.connect()
            wire.send(target.head(line, "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {LARGE}"))
            assert (await wire.answer()).startswith(b"HTTP/1.1 413 "), line
            wire.leave()
