"""What every web application of ours has: hosts, bodies, errors, headers, templates and static files."""

from pathlib import Path

from aiohttp import web

from mcpbase.serving import HANDLER_ARGS

from ..settings import Settings
from ..sources import Sources
from ..transports import StreamableHTTP
from ..web.http import SITE, Site, allow_origins, harden, known_host
from ..web.pages import errors, setup_pages, setup_static
from .endpoint import bodies


def create_site(
    settings: Settings, sources: Sources, endpoint: StreamableHTTP, templates: Path | None = None
) -> web.Application:
    """An application without pages so far. ``templates`` is the folder of those of the application that is served."""
    # errors is the outermost, so that nothing ends without an answer of ours.
    app = web.Application(middlewares=[errors, bodies(settings, endpoint), known_host], handler_args=HANDLER_ARGS)
    app[SITE] = Site(settings, sources)
    setup_pages(app, templates)
    setup_static(app)
    app.on_response_prepare.extend([allow_origins, harden])
    return app
