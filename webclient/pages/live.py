"""What changed on a page, as server-sent events (HTML Living Standard, section 9.2): ``static/live.js`` fetches those parts of it anew."""

import asyncio

from aiohttp import web

from .context import FEED, own_integration

routes = web.RouteTableDef()
HEARTBEAT = 20


@routes.get("/integrations/{id}/events", allow_head=False)
async def events(request: web.Request) -> web.StreamResponse:
    return await follow(request, (await own_integration(request)).id)


def heard_until(request: web.Request) -> int | None:
    """The mark of what the reader knows: of the last event before the connection broke off, else of the page. None for a reader that names none."""
    said = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else None


async def follow(request: web.Request, topic: str, *, beat: str = "", every: float = HEARTBEAT) -> web.StreamResponse:
    """``data:`` is the name of the part that changed, ``*`` stands for all. Until the reader goes, or the program ends.

    ``beat`` names a part that changes as time passes: it is told with every heartbeat. ``every`` in seconds.
    """
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    with request.app[FEED].listen(topic, heard_until(request)) as listener:
        await response.prepare(request)
        parts = listener.parts()
        waiting = asyncio.ensure_future(anext(parts))
        try:
            while True:
                done, _ = await asyncio.wait([waiting], timeout=every)
                if done:
                    part, mark = waiting.result()
                    await response.write(f"id: {mark}\ndata: {part}\n\n".encode())
                    waiting = asyncio.ensure_future(anext(parts))
                else:
                    await response.write(f"data: {beat}\n\n".encode() if beat else b": still here\n\n")
        except (ConnectionResetError, StopAsyncIteration):
            pass  # The reader has gone, or the program ends.
        finally:
            waiting.cancel()
    return response
