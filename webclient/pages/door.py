"""The page at the plain address on loopback, which asks for the whole address; a browser that knows it goes on by
itself (``static/door.js``).
"""

from typing import Any

from aiohttp import web

from .http import KEY, PLACE, render, see

routes = web.RouteTableDef()
LONGEST = 8000
WRONG = "This is not the address that these pages have now. The program prints it when it starts."


def door_page(request: web.Request, *, after: str, problem: str = "", status: int = 403) -> web.Response:
    """``after`` is the page that was asked for, where its finder goes on: a sign-in that came back is in it."""
    context: dict[str, Any] = {"after": after, "problem": problem, "origin": request.app[PLACE].settings.origin}
    return render(request, "door.html", context, status=status)


@routes.post("/enter")
async def enter(request: web.Request) -> web.Response:
    """Lead on to whoever knows the way. It changes nothing, so it does not matter which page the form stands on."""
    form = await request.post()
    address, after = str(form.get("address", "")).strip(), str(form.get("after", "/"))
    found, place = KEY.search(f"/k/{address}" if "/" not in address else address), request.app[PLACE]
    leads_on = after.startswith("/") and after.isascii() and after.isprintable() and len(after) <= LONGEST
    if place.settings.secure or found is None or not place.fits(found[1]):
        return door_page(request, after=after if leads_on else "/", problem=WRONG)
    return see(request, place.base + (after if leads_on else "/"))
