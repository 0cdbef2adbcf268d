"""GET, PUT and DELETE /register/{client_id}: a client manages its registration (RFC 7592)."""

from aiohttp import web

from ...oauth.clients import ClientConfiguration, registration_answer
from ..http import NO_STORE, RESOURCE_SERVER, SITE, open_to_browsers, read_json

CONFIGURATION: web.AppKey[ClientConfiguration] = web.AppKey("client_configuration", ClientConfiguration)


async def show(request: web.Request) -> web.StreamResponse:
    registered = await request.app[CONFIGURATION].read(request.match_info["client_id"], _authorization(request))
    return web.json_response(registration_answer(registered, request.app[SITE].settings.issuer), headers=NO_STORE)


async def change(request: web.Request) -> web.StreamResponse:
    document = await read_json(request)
    registered = await request.app[CONFIGURATION].change(
        request.match_info["client_id"], _authorization(request), document
    )
    return web.json_response(registration_answer(registered, request.app[SITE].settings.issuer), headers=NO_STORE)


async def remove(request: web.Request) -> web.StreamResponse:
    """RFC 7592 section 2.3: 204; every token that the client holds is revoked."""
    await request.app[CONFIGURATION].remove(request.match_info["client_id"], _authorization(request))
    await request.app[RESOURCE_SERVER].poll_revocations()
    return web.Response(status=204, headers=NO_STORE)


def _authorization(request: web.Request) -> list[str]:
    return request.headers.getall("Authorization", [])


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/register/{client_id}", get=show, put=change, delete=remove)
