"""GET /jwks: the public keys (RFC 7517 section 5)."""

from aiohttp import web

from .cors import open_to_browsers
from .service import SERVICE


async def show(request: web.Request) -> web.StreamResponse:
    return web.json_response(request.app[SERVICE].keys.public_jwks(), content_type="application/jwk-set+json", headers={"Cache-Control": "max-age=300"})


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/jwks", get=show)
