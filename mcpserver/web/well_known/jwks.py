"""GET /jwks: the public keys (RFC 7517 section 5)."""

from aiohttp import web

from ...oauth.keys import KeyRing
from ..http import open_to_browsers

MAX_AGE = 300
"""Seconds for which others may cache the keys; a new key is published longer than that before it signs."""

KEYS: web.AppKey[KeyRing] = web.AppKey("keys", KeyRing)


async def show(request: web.Request) -> web.StreamResponse:
    headers = {"Cache-Control": f"max-age={MAX_AGE}"}
    return web.json_response(request.app[KEYS].public_jwks(), content_type="application/jwk-set+json", headers=headers)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/jwks", get=show)
