"""Style sheets and pictures."""

from aiohttp import web

from mcpbase.serving import Files

from .rendering import static_folder


def setup_static(app: web.Application) -> None:
    """Caches may keep the files for a short time: their names do not change with their content."""
    files = Files(static_folder())

    async def show(request: web.Request) -> web.Response:
        response = await files.show(request)
        if response.status == 200:
            response.headers["Cache-Control"] = "public, max-age=300"
        return response

    app.router.add_get("/static/{name}", show)
