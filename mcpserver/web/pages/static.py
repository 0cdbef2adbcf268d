"""Style sheets and pictures."""

from aiohttp import web

from mcpbase.serving.files import Files

from ..http.service import SITE
from .rendering import static_folder


async def _cache(request: web.Request, response: web.StreamResponse) -> None:
    """For ``on_response_prepare``: short, because the names do not change with the content."""
    if request.path.startswith(request.app[SITE].settings.base + "/static/") and response.status == 200:
        response.headers["Cache-Control"] = "public, max-age=300"


def setup_static(app: web.Application) -> None:
    app.router.add_get("/static/{name}", Files(static_folder()).show)
    app.on_response_prepare.append(_cache)
