"""The layout of every page about one integration: its name, its state, and links to the other pages."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from ...mcp import MCPClient
from ...storage import CONNECTED, EXPIRED, FAILING, NEW, WAITING, Integration
from ..http import CONNECTIONS, Context, own_integration, render
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
"""The pages of an integration: name, title, and path below the integration's own path."""


def described(item: Mapping[str, object], key: str) -> dict[str, str]:
    """An item of a server's list as texts: the value of ``key``, ``title``, ``about`` and ``mime``.

    A value that is not a string becomes empty. Without a title, the item's name or the value of ``key`` is used.
    """
    said = {
        name: value if isinstance(value := item.get(name), str) else ""
        for name in (key, "title", "name", "description", "mimeType")
    }
    title = said["title"] or said["name"] or said[key]
    return {key: said[key], "title": title[:300], "about": said["description"][:4000], "mime": said["mimeType"][:200]}


@asynccontextmanager
async def asking(request: web.Request, integration: Integration, title: str) -> AsyncIterator[MCPClient]:
    """A client for requests that a page makes by itself.

    They are traced as a run of their own with this title, so that the outcome of the previous run is kept.
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
    context: Context,
    *,
    problem: str = "",
    status: int = 200,
) -> web.Response:
    """A page of an integration; ``name`` is that of its entry in ROOMS.

    ``problem`` is a sentence about this request, shown apart from the integration's own problem.
    """
    values = {**await head_of(request, integration), "problem": problem, "rooms": ROOMS, "room": name, **context}
    return render(request, template, values, status=status)


async def head_of(request: web.Request, integration: Integration) -> Context:
    """The template context of the head: the integration, its state, a sign-in under way, and the latest flow."""
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
    """The part of the page that shows the state of the integration."""
    return render(request, "head.html", await head_of(request, await own_integration(request)))
