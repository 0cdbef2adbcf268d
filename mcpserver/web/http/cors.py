"""Cross-origin access for clients that run in a browser: to the JSON endpoints, never to pages (RFC 9700 section
2.6).
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate, DPoP-Nonce"}
_OPENED = web.RequestKey("opened_to_browsers", bool)


def open_to_browsers(path: str, **handlers: Handler) -> list[web.AbstractRouteDef]:
    """Routes for a path that any origin may use; keywords are methods. The preflight is answered before anything else.

    Any other method is refused in a way that they can read, too.
    """
    allowed = [method.upper() for method in (*handlers, "options")] + (["HEAD"] if "get" in handlers else [])

    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPMethodNotAllowed(request.method, allowed)

    async def preflight(request: web.Request) -> web.Response:
        request[_OPENED] = True
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": ", ".join(allowed),
                "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version, DPoP",
                "Access-Control-Max-Age": "86400",
            },
        )

    def opened(handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            request[_OPENED] = True
            return await handler(request)

        return handle

    taken = [web.route(method.upper(), path, opened(handler)) for method, handler in handlers.items()]
    return [web.options(path, preflight), *taken, web.route("*", path, opened(refuse))]


async def allow_origins(request: web.Request, response: web.StreamResponse) -> None:
    """For ``on_response_prepare``: errors carry the headers too, else a browser hides them from its client."""
    if _OPENED in request:
        response.headers.update(_OPEN)
