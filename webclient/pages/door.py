"""The page outside the secret path on loopback, which asks for the full address.

A browser that has stored the address is redirected by ``static/door.js``.
"""

from aiohttp import web

from .http import KEY, PLACE, Context, render, see

routes = web.RouteTableDef()
LONGEST = 8000
WRONG = "This is not the current address of these pages. The program prints the address when it starts."


def door_page(request: web.Request, *, after: str, problem: str = "", status: int = 403) -> web.Response:
    """The form that asks for the full address.

    ``after`` is the requested path with its query, where the visitor continues; it may be the callback of a sign-in.
    """
    context: Context = {"after": after, "problem": problem, "origin": request.app[PLACE].settings.origin}
    return render(request, "door.html", context, status=status)


@routes.post("/enter")
async def enter(request: web.Request) -> web.Response:
    """Redirect to the pages when the address or key in the form is right, else show the form again.

    It changes nothing, so the form needs no CSRF token.
    """
    form = await request.post()
    address, after = str(form.get("address", "")).strip(), str(form.get("after", "/"))
    found, place = KEY.search(f"/k/{address}" if "/" not in address else address), request.app[PLACE]
    leads_on = after.startswith("/") and after.isascii() and after.isprintable() and len(after) <= LONGEST
    if place.settings.secure or found is None or not place.fits(found[1]):
        return door_page(request, after=after if leads_on else "/", problem=WRONG)
    return see(request, place.base + (after if leads_on else "/"))
