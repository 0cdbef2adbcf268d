"""The list of integrations, and the form that adds one."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web

from ..addresses import PLAIN_URL, host_of
from ..models import Credentials
from .browser import VISITOR, read_form
from .context import CONNECTIONS, page_of, see
from .rendering import render
from .room import STATES

routes = web.RouteTableDef()
NOTICES = {
    "disconnected": "Disconnected: the permission is revoked and everything about it is forgotten.",
    "unconfirmed": "Forgotten here, but the authorization server did not confirm that the permission is revoked. Remove this client in your account there too.",
}


@routes.get("/")
async def show_integrations(request: web.Request) -> web.Response:
    found = await request.app[CONNECTIONS].store.integrations_of(request[VISITOR].owner)
    context = {"integrations": found, "states": STATES, "notice": NOTICES.get(request.query.get("done", ""))}
    return render(request, "integrations.html", context)


@routes.get("/healthz")
async def healthy(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def add_page(request: web.Request, values: dict[str, Any], problems: dict[str, str], *, status: int = 200) -> web.Response:
    return render(request, "add.html", {"values": values, "problems": problems, "redirect_uri": request.app[CONNECTIONS].settings.redirect_uri}, status=status)


@routes.get("/add")
async def show_form(request: web.Request) -> web.Response:
    return add_page(request, {"url": request.query.get("url", "")[:2000]}, {})


def read_address(text: str) -> str:
    """The typed address with scheme and host in lower case. Raises ValueError with a sentence for the person."""
    host = host_of(text)
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError("Write the whole address, starting with https:// (or http:// for a server on your own machine).")
    if host is None or not PLAIN_URL.fullmatch(text) or len(text) > 2000:
        raise ValueError("This is not a web address.")
    parts = urlsplit(text)
    if "@" in parts.netloc:
        raise ValueError("Leave out the name and password; you sign in at the server itself.")
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()))


def read_credentials(form: dict[str, str]) -> Credentials | None:
    """The typed client id and secret, when the person said that the server does not register clients. Raises ValueError."""
    if "no_registration" not in form:
        return None
    client_id, secret = form.get("client_id", "").strip(), form.get("client_secret", "").strip()
    if not client_id:
        raise ValueError("Enter the client id that the server's owner gave you.")
    return Credentials(client_id, secret or None)


@routes.post("/add")
async def add(request: web.Request) -> web.Response:
    form = await read_form(request)
    problems: dict[str, str] = {}
    address, typed = "", None
    try:
        address = read_address(form.get("url", "").strip())
    except ValueError as error:
        problems["url"] = str(error)
    try:
        typed = read_credentials(form)
    except ValueError as error:
        problems["client_id"] = str(error)
    if problems:
        return add_page(request, form, problems, status=400)
    connections = request.app[CONNECTIONS]
    integration = await connections.add(request[VISITOR].owner, form.get("name", "").strip()[:100], address, typed)
    return see(await connections.connect(integration) or page_of(integration))
