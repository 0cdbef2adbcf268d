"""Changes of a page as server-sent events (HTML Living Standard, section 9.2).

``static/live.js`` fetches the changed parts again.
"""

import asyncio

from aiohttp import web

from .browser import VISITOR
from .context import FEED, own_integration

routes = web.RouteTableDef()
HEARTBEAT = 20
PATIENCE = 30
"""Seconds that a reader may take to receive one event before it is disconnected."""


@routes.get("/integrations/{id}/events", allow_head=False)
async def events(request: web.Request) -> web.StreamResponse:
    return await follow(request, (await own_integration(request)).id)


def heard_until(request: web.Request) -> int | None:
    """The mark up to which the reader knows all changes: of the last event before it reconnected, else of the page.

    None when the request has no valid mark.
    """
    said = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else None


async def follow(
    request: web.Request, topic: str, *, beat: str = "", every: float = HEARTBEAT, patience: float = PATIENCE
) -> web.StreamResponse:
    """Stream the changes of a topic until the reader disconnects or the program ends.

    The ``data:`` of an event is the name of the changed part; ``*`` stands for all parts. ``beat`` names a part that
    changes with time and is sent with every heartbeat. ``every`` is the interval of heartbeats, ``patience`` the time
    limit for sending one event, both in seconds.
    """
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    visitor = request.get(VISITOR)
    with request.app[FEED].listen(
        topic, heard_until(request), holder=visitor.owner if visitor is not None else b""
    ) as listener:
        await response.prepare(request)
        parts = listener.parts()
        waiting = asyncio.ensure_future(anext(parts))
        try:
            while True:
                done, _ = await asyncio.wait([waiting], timeout=every)
                if done:
                    part, mark = waiting.result()
                    await _write(request, response, f"id: {mark}\ndata: {part}\n\n".encode(), patience)
                    waiting = asyncio.ensure_future(anext(parts))
                else:
                    await _write(
                        request, response, f"data: {beat}\n\n".encode() if beat else b": still here\n\n", patience
                    )
        except (ConnectionResetError, StopAsyncIteration):
            pass  # The reader has disconnected, or the program ends.
        finally:
            waiting.cancel()
    return response


async def _write(request: web.Request, response: web.StreamResponse, data: bytes, patience: float) -> None:
    """Send data. Raises ConnectionResetError when the reader has disconnected, or takes longer than ``patience``."""
    try:
        async with asyncio.timeout(patience):
            await response.write(data)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the browser reads too slowly") from None
