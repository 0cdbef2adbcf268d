"""POST /introspect: token introspection (RFC 7662)."""

from aiohttp import web

from ...oauth.tokens.introspection import Introspection
from ..http.client_authentication import authenticated_form
from ..http.json_response import NO_STORE, json_answer

INTROSPECTION: web.AppKey[Introspection] = web.AppKey("introspection", Introspection)


async def introspect(request: web.Request) -> web.StreamResponse:
    """Not open to browsers of other origins: clients that may ask have credentials, which do not belong in a page."""
    client, form = await authenticated_form(request)
    return json_answer(await request.app[INTROSPECTION].answer(client, form), NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return [web.post("/introspect", introspect)]
