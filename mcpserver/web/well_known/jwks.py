"""GET /jwks: the public keys (RFC 7517 section 5)."""

from aiohttp import web

from ..http.cors import open_to_browsers
from ..http.service import SERVICE

MAX_AGE = 300
"""Seconds for which others may keep the keys; a new one is published longer than that before it signs."""


async def show(request: web.Request) -> web.StreamResponse:
    return web.json_response(request.app[SERVICE].keys.public_jwks(), content_type="application/jwk-set+json", headers={"Cache-Control": f"max-age={MAX_AGE}"})


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/jwks", get=show)
