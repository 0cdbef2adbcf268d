"""The frame of every page about one integration: its name, its state, and links to the other pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from ...mcp import MCPClient
from ...models import CONNECTED, EXPIRED, FAILING, NEW, WAITING, Integration
from ..http import CONNECTIONS, own_integration, render
from ..trace import latest_flow

STATES = {
    CONNECTED: "Connected",
    WAITING: "Needs sign-in",
    EXPIRED: "Expired",
    FAILING: "Not working",
    NEW: "Not connected",
}
routes = web.RouteTableDef()
ROOMS = (
    ("tools", "Tools", ""),
    ("resources", "Resources", "/resources"),
    ("prompts", "Prompts", "/prompts"),
    ("activity", "Activity", "/calls"),
    ("changes", "Changes", "/changes"),
    ("settings", "Settings", "/settings"),
)
"""The rooms of an integration: name, title, and where it lies below the integration's address."""


def described(item: dict[str, Any], key: str) -> dict[str, str]:
    """An entry of a server's list as text, whatever the server wrote: ``key``, ``title`` (never empty), ``about``
    and ``mime``.
    """
    said = {
        name: value if isinstance(value := item.get(name), str) else ""
        for name in (key, "title", "name", "description", "mimeType")
    }
    title = said["title"] or said["name"] or said[key]
    return {key: said[key], "title": title[:300], "about": said["description"][:4000], "mime": said["mimeType"][:200]}


@asynccontextmanager
async def asking(request: web.Request, integration: Integration, title: str) -> AsyncIterator[MCPClient]:
    """A client for what a page asks the server by itself: a run of its own, so that what the last one came to still
    stands.
    """
    access = request.app[CONNECTIONS].access
    with access.trace(integration).deferred_run(title):
        async with access.client(integration) as client:
            yield client


async def room(
    request: web.Request,
    integration: Integration,
    name: str,
    template: str,
    context: dict[str, Any],
    *,
    problem: str = "",
    status: int = 200,
) -> web.Response:
    """A page in one of the rooms.

    ``problem`` is a sentence about this visit, before what the integration suffers from.
    """
    values = {**await head_of(request, integration), "problem": problem, "rooms": ROOMS, "room": name, **context}
    return render(request, template, values, status=status)


async def head_of(request: web.Request, integration: Integration) -> dict[str, Any]:
    """Its name, how it stands, and what to do about it."""
    connections = request.app[CONNECTIONS]
    stands = await connections.access.as_it_stands(integration)
    pending = connections.pending_sign_ins
    under_way, ready = pending.is_under_way(integration), pending.is_ready(integration)
    return {
        "integration": stands,
        "state": STATES[stands.state],
        "connecting": under_way,
        "ready": ready,
        "flow": await latest_flow(request, integration),
    }


@routes.get("/integrations/{id}/head")
async def head(request: web.Request) -> web.Response:
    """The part that says how it stands."""
    return render(request, "head.html", await head_of(request, await own_integration(request)))
