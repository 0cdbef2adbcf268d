"""The flow trace as files for download, made from the masked values that are stored."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import web

from ...json_text import json_text
from ...storage import Integration
from ...trace import Hop
from ...trace.display import document, flow_of, har
from ...trace.recording import readable
from ...version import __version__
from ..http import CONNECTIONS, folder, own_integration
from .page import Wanted

routes = web.RouteTableDef()


def file_name(integration: Integration, at: float, ending: str) -> str:
    """The name of a downloaded trace: host, UTC time and ending. The host has only letters, digits and dashes."""
    host = re.sub(r"[^a-z0-9]+", "-", urlsplit(integration.url).netloc.lower()).strip("-")[:60]
    return f"trace-{host}-{datetime.fromtimestamp(at, UTC):%Y%m%d-%H%M%S}.{ending}"


def download(integration: Integration, hops: list[Hop], ending: str, kind: str, text: str) -> web.Response:
    """A response that the browser saves as a file and never shows as a page (RFC 6266)."""
    disposition = f'attachment; filename="{file_name(integration, hops[0].at, ending)}"'
    return web.Response(text=text, content_type=kind, charset="utf-8", headers={"Content-Disposition": disposition})


async def chosen_hops(request: web.Request) -> tuple[Integration, list[Hop]]:
    """The hops of the run in the query (by default the latest), or of all with ``run=all``.

    Raises HTTPNotFound when there are none.
    """
    integration = await own_integration(request)
    store = request.app[CONNECTIONS].store.hops
    if request.query.get("run") == "all":
        hops = await store.of(integration.id)
    else:
        hops = await store.of(integration.id, Wanted.read(request).run or await store.latest(integration.id))
    if not hops:
        raise web.HTTPNotFound
    return integration, hops


def address(request: web.Request, integration: Integration) -> str:
    """The integration's address with secrets masked."""
    masker = request.app[CONNECTIONS].store.hops.masker(integration.id)
    # After a restart the masker may not know the address yet.
    masker.address(integration.url)
    return readable(masker.url(integration.url))


@routes.get("/integrations/{id}/trace.har")
async def save_har(request: web.Request) -> web.Response:
    integration, hops = await chosen_hops(request)
    return download(
        integration,
        hops,
        "har",
        "application/json",
        json_text(har(hops, version=__version__), indent=1, ascii_only=True),
    )


@routes.get("/integrations/{id}/trace.json")
async def save_json(request: web.Request) -> web.Response:
    integration, hops = await chosen_hops(request)
    about = {
        "server": {"name": integration.name, "url": address(request, integration)},
        "created_by": f"webclient {__version__}",
    }
    return download(
        integration, hops, "json", "application/json", json_text({**document(hops), **about}, indent=1, ascii_only=True)
    )


@routes.get("/integrations/{id}/trace.html")
async def save_page(request: web.Request) -> web.Response:
    """Save the trace as one HTML file with its styles and without scripts."""
    integration, hops = await chosen_hops(request)
    runs = sorted({hop.run for hop in hops})
    static = folder("static", "templates/static")
    context = {
        "integration": integration,
        "address": address(request, integration),
        "flows": [flow_of([hop for hop in hops if hop.run == run]) for run in runs],
        "day": f"{datetime.fromtimestamp(hops[0].at, UTC):%d %B %Y}",
        "style": "\n".join((static / name).read_text("utf-8") for name in ("house.css", "client.css", "trace.css")),
    }
    return download(
        integration, hops, "html", "text/html", aiohttp_jinja2.render_string("trace_file.html", request, context)
    )
