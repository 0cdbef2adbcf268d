"""POST /introspect: token introspection (RFC 7662)."""

from aiohttp import web

from ...oauth.tokens import Introspection
from ..http import NO_STORE, authenticated_form, json_answer

INTROSPECTION: web.AppKey[Introspection] = web.AppKey("introspection", Introspection)


async def introspect(request: web.Request) -> web.StreamResponse:
    """Not open to browsers of other origins: clients that may ask have credentials, which do not belong in a page."""
    client, form = await authenticated_form(request)
    return json_answer(await request.app[INTROSPECTION].answer(client, form), NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return [web.post("/introspect", introspect)]
