"""Style sheets and pictures."""

from aiohttp import web

from .pages import static_folder
from .service import SITE

_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""What no file can be called is no question for the file system: a name that is too long for it is a fault there."""


async def _show(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(static_folder() / request.match_info["name"])


async def _cache(request: web.Request, response: web.StreamResponse) -> None:
    """For ``on_response_prepare``: short, because the names do not change with the content."""
    if request.path.startswith(request.app[SITE].settings.base + "/static/") and response.status == 200:
        response.headers["Cache-Control"] = "public, max-age=300"


def setup_static(app: web.Application) -> None:
    app.router.add_get(f"/static/{{name:{_NAME}}}", _show)
    app.on_response_prepare.append(_cache)
