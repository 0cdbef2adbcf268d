"""GET /: what this server is and how to connect to it. GET /healthz: whether it works."""

import json
import re
import shlex
from urllib.parse import urlsplit

from aiohttp import web
from attrs import frozen

from mcpbase.addresses import is_public_name

from ...application import Link
from ...oauth.protocol import Scope, is_loopback
from ...processes import ProcessEvents
from ..http import HEALTH, SITE, STORE
from .browser import cookie_name, csrf_token, drop_cookie, signed_in
from .rendering import render

WORLD, NETWORK, COMPUTER = "world", "network", "computer"
"""From where an address can be reached."""


@frozen
class Front:
    """What the front page shows: the scopes of the resource, and the application's headline (None: the name of the
    service) and links.
    """

    scopes: tuple[Scope, ...]
    headline: str | None = None
    links: tuple[Link, ...] = ()


EVENTS: web.AppKey[ProcessEvents] = web.AppKey("process_events", ProcessEvents)
CLOCKS = "The clock of another process is {} seconds {} the one here: synchronize the clocks of all hosts."

FRONT: web.AppKey[Front] = web.AppKey("front", Front)


async def show(request: web.Request) -> web.StreamResponse:
    settings, front = request.app[SITE].settings, request.app[FRONT]
    person = await signed_in(request)
    signed_out = person is None and cookie_name(request, "signed-out") in request.cookies
    name, resource = settings.name, settings.resource
    context = {
        "account": person and person.account,
        "resource": resource,
        "reach": reach_of(resource),
        "command": claude_command(name, resource),
        "entry": cursor_entry(name, resource),
        "scopes": front.scopes,
        "csrf": csrf_token(request),
        "headline": front.headline,
        "links": front.links,
        "signed_out": signed_out,
    }
    response = render(request, "home.html", context, scripts=True)
    if cookie_name(request, "signed-out") in request.cookies:
        drop_cookie(request, response, "signed-out")
    return response


def reach_of(resource: str) -> str:
    """As far as the address itself tells: what its name resolves to elsewhere, nobody here knows."""
    if is_loopback(resource):
        return COMPUTER
    return WORLD if is_public_name(urlsplit(resource).hostname or "") else NETWORK


def claude_command(name: str, resource: str) -> str:
    """For a shell.

    Claude Code takes letters, digits, hyphens and underscores in the name of a server, and nothing else.
    """
    fit = re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-") or "mcp"
    return shlex.join(["claude", "mcp", "add", "--transport", "http", fit, resource])


def cursor_entry(name: str, resource: str) -> str:
    """For mcp.json, as JSON."""
    return json.dumps({"mcpServers": {name: {"url": resource}}}, ensure_ascii=False)


async def health(request: web.Request) -> web.StreamResponse:
    """Asks the database, so that an answer means that requests can be served."""
    await request.app[STORE].ping()
    apart = round(request.app[EVENTS].clock_difference)
    warning = {"warning": CLOCKS.format(abs(apart), "ahead of" if apart > 0 else "behind")} if apart else {}
    return web.json_response({"status": "ok", **warning}, headers={"Cache-Control": "no-store"})


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/", show), web.get(HEALTH, health)]
