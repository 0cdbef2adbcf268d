"""The list of integrations, the form that adds one, and the health check."""

from urllib.parse import urlencode

from aiohttp import web

from ...database import DatabaseUnavailable
from ...integrations import INTEGRATIONS, LONGEST_URL, InvalidForm, owner_topic, read_choices
from ..http import CONNECTIONS, VISITOR, Context, follow, read_form, render, see
from .connecting import depart
from .preferences import form_context
from .server import STATES

routes = web.RouteTableDef()
NOTICES = {
    "disconnected": "Disconnected. The permission was revoked, and all data about this integration was deleted.",
    "unconfirmed": "All data about this integration was deleted here, but the authorization server did not confirm "
    "that the permission is revoked. Disconnect this client in your account there, too.",
}


@routes.get("/")
async def show_integrations(request: web.Request) -> web.Response:
    """Show the list of integrations.

    The query parameter ``add``, a deep link for other sites, redirects to the form with that address filled in.
    """
    if "add" in request.query:
        return see(request, "/add?" + urlencode({"url": request.query["add"][:LONGEST_URL]}))
    return render(
        request, "integrations.html", {**await listed(request), "notice": NOTICES.get(request.query.get("done", ""))}
    )


async def listed(request: web.Request) -> Context:
    connections = request.app[CONNECTIONS]
    found = [
        await connections.access.as_it_stands(each)
        for each in await connections.store.integrations_of(request[VISITOR].owner)
    ]
    return {"integrations": found, "states": STATES}


@routes.get("/integrations.part")
async def fragment(request: web.Request) -> web.Response:
    """The part of the page that changes while it is open."""
    return render(request, "integrations_list.html", await listed(request))


@routes.get("/events", allow_head=False)
async def events(request: web.Request) -> web.StreamResponse:
    """Stream the changes of the visitor's integrations.

    Every heartbeat makes the page fetch the list again, as a sign-in may expire without an event.
    """
    return await follow(request, owner_topic(request[VISITOR].owner), beat=INTEGRATIONS)


@routes.get("/healthz")
async def healthy(request: web.Request) -> web.Response:
    """Health check, which queries the database. The status is 503 with Retry-After when it is unavailable."""
    try:
        await request.app[CONNECTIONS].store.look_around()
    except DatabaseUnavailable as error:
        return web.json_response(
            {"status": "unavailable", "reason": str(error)}, status=503, headers={"Retry-After": str(error.retry_after)}
        )
    return web.json_response({"status": "ok"})


def add_page(request: web.Request, values: Context, problems: dict[str, str], *, status: int = 200) -> web.Response:
    return render(request, "add.html", {**form_context(request, values, problems), "kept": None}, status=status)


@routes.get("/add")
async def show_form(request: web.Request) -> web.Response:
    """Show the form. The query parameter ``url`` fills in the address; adding still needs a click."""
    return add_page(request, {"url": request.query.get("url", "")[:LONGEST_URL]}, {})


@routes.post("/add")
async def add(request: web.Request) -> web.Response:
    form = await read_form(request)
    try:
        choices = read_choices(form)
    except InvalidForm as error:
        return add_page(request, {**form, **error.meant}, error.problems, status=400)
    connections = request.app[CONNECTIONS]
    integration = await connections.add(request[VISITOR].owner, choices)
    return await depart(request, integration, connections.connecting.connect(integration))
