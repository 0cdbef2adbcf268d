"""Nothing piles up for clients that do not come back (2025-11-25, transports: session management)."""

import asyncio

from aiohttp import web
from pytest_aiohttp import AiohttpClient

from mcpserver.mcp.dispatch.dispatcher import Dispatcher
from mcpserver.mcp.legacy.handshake import Session
from mcpserver.mcp.legacy.sessions import MemorySessions, Sessions
from mcpserver.mcp.protocol.jsonrpc import parse
from mcpserver.sources import Sources
from mcpserver.transports.http.request import EndpointRequest
from mcpserver.transports.http.timing import Timing
from mcpserver.transports.legacy.session_runtime import MOST_STREAMS, SessionRuntime
from mcpserver.transports.legacy.streamable import HandshakeHTTP

from .visitor import EVERYTHING, Stage, Visitor, call, events, request


async def test_question_nobody_comes_back_for_ends_its_handler(aiohttp_client: AiohttpClient) -> None:
    """A handler that waits for an answer would wait for ever otherwise."""
    stage, now = Stage(), [0.0]
    door = HandshakeHTTP(
        Dispatcher(stage.server),
        Sessions(MemorySessions(), Sources(), 3600),
        timing=Timing(quiet=0.01),
        keep=300,
        clock=lambda: now[0],
    )

    async def handle(visited: web.Request) -> web.StreamResponse:
        return await door.post(EndpointRequest(visited, None, {}), parse(await visited.read()))

    app = web.Application()
    app.router.add_post("/mcp", handle)
    visitor = await Visitor(await aiohttp_client(app)).initialize(**EVERYTHING)
    under_way = asyncio.create_task(visitor.call(1, "wait"))
    await stage.begun.wait()
    now[0] += 1000
    assert (await (await Visitor(visitor.client).initialize()).post(request(2, "ping")))[0] == 200
    assert not stage.cancelled.is_set()  # somebody still waits for this one
    stage.go_on.set()
    await under_way
    async with visitor.send(call(2, "agree")) as answer:
        await anext(events(answer))
    desk = door.runtimes.find(visitor.session)
    assert desk is not None
    assert desk.running
    async with asyncio.timeout(5):
        while desk.attached:  # the end of a connection is seen when the next comment is written
            await visitor.post({"jsonrpc": "2.0", "method": "notifications/none"})
    now[0] += 1000
    await (await Visitor(visitor.client).initialize()).post(request(4, "ping"))
    assert door.runtimes.find(visitor.session) is None
    await asyncio.gather(*desk.running.values(), return_exceptions=True)
    assert not desk.running


def test_streams_that_ended_make_room() -> None:
    desk = SessionRuntime(Session("id"))
    for _ in range(MOST_STREAMS * 2):
        desk.stream().close()
    assert len(desk.streams) <= MOST_STREAMS + 1
