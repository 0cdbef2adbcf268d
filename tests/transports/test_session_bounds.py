"""What one session of the earlier revisions may have under way, and what is kept for its clients that left
(2025-11-25, transports).
"""

import asyncio

from pytest_aiohttp import AiohttpClient

from mcpserver import Context
from mcpserver.mcp.protocol.budget import Limits, Share
from mcpserver.transports.legacy.session_runtime import MOST_REQUESTS

from .visitor import Stage, Visitor, application, call, events


async def test_session_has_a_bounded_number_of_requests_under_way(aiohttp_client: AiohttpClient) -> None:
    """Also in one batch (2025-03-26, basic: batching), of which no part is begun then."""
    visitor = await Visitor(await aiohttp_client(application(Stage())), revision="2025-03-26").initialize()
    status, answer = await visitor.post([call(number, "echo", text="x") for number in range(MOST_REQUESTS + 1)])
    assert status == 400
    assert f"{MOST_REQUESTS} requests" in answer["error"]["message"]
    status, answers = await visitor.post([call(number, "echo", text="x") for number in range(MOST_REQUESTS)])
    assert (status, len(answers)) == (200, MOST_REQUESTS)


async def test_same_id_twice_is_refused(aiohttp_client: AiohttpClient) -> None:
    """2025-11-25, basic: requests: an id is used once within a session."""
    visitor = await Visitor(await aiohttp_client(application(Stage())), revision="2025-03-26").initialize()
    status, answer = await visitor.post([call(1, "echo", text="x"), call(1, "echo", text="y")])
    assert (status, "id" in answer["error"]["message"]) == (400, True)


async def test_streams_under_way_of_clients_that_left_are_given_up_when_too_much_is_kept(
    aiohttp_client: AiohttpClient,
) -> None:
    """Their client hears so when it comes back, and what was under way ends all the same."""
    stage, ended = Stage(), asyncio.Semaphore(0)

    @stage.server.tool
    async def talk(context: Context) -> str:
        await context.info("begun")
        await stage.go_on.wait()
        for number in range(20):
            await context.info(f"{number} {'x' * 200}")
        ended.release()
        return "talked"

    app = application(stage, limits=Limits(kept=Share(3_000, 3_000, 100_000)))
    visitor, left = await Visitor(await aiohttp_client(app)).initialize(), []
    for number in range(4):
        async with visitor.send(call(number, "talk")) as answer:
            left.append((await anext(events(answer)))[0])
    stage.go_on.set()
    async with asyncio.timeout(20):
        for _ in left:
            await ended.acquire()
    async with visitor.listen(Last_Event_ID=left[0]) as answer:
        assert answer.status == 400
        assert "not there any more" in (await answer.json())["error"]["message"]
