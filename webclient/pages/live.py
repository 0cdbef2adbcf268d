"""What changed about an integration, as server-sent events (HTML Living Standard, section 9.2): ``static/live.js`` fetches those parts of the page anew."""

import asyncio

from aiohttp import web

from .context import FEED, own_integration

routes = web.RouteTableDef()
HEARTBEAT = 20


@routes.get("/integrations/{id}/events")
async def events(request: web.Request) -> web.StreamResponse:
    """``data:`` is the name of the part that changed."""
    return await follow(request, (await own_integration(request)).id)


async def follow(request: web.Request, topic: str) -> web.StreamResponse:
    """Until the reader goes, or the program ends."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    with request.app[FEED].listen(topic) as listener:
        await response.prepare(request)
        parts = listener.parts()
        waiting = asyncio.ensure_future(anext(parts))
        try:
            while True:
                done, _ = await asyncio.wait([waiting], timeout=HEARTBEAT)
                await response.write(f"data: {waiting.result()}\n\n".encode() if done else b": still here\n\n")
                waiting = asyncio.ensure_future(anext(parts)) if done else waiting
        except (ConnectionResetError, StopAsyncIteration):
            pass  # The reader has gone, or the program ends.
        finally:
            waiting.cancel()
    return response
