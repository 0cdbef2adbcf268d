"""GET, PUT and DELETE /register/{client_id}: a client manages its registration (RFC 7592)."""

from aiohttp import web

from ...oauth.clients.management import ClientConfiguration
from ...oauth.clients.metadata import Rules
from ...oauth.clients.registration import registration_answer
from ..http.cors import open_to_browsers
from ..http.forms import read_json
from ..http.service import SERVICE
from .token import NO_STORE


async def show(request: web.Request) -> web.StreamResponse:
    registered = await _configuration(request).read(request.match_info["client_id"], request.headers.getall("Authorization", []))
    return web.json_response(registration_answer(registered, request.app[SERVICE].settings.issuer), headers=NO_STORE)


async def change(request: web.Request) -> web.StreamResponse:
    document = await read_json(request)
    registered = await _configuration(request).change(request.match_info["client_id"], request.headers.getall("Authorization", []), document)
    return web.json_response(registration_answer(registered, request.app[SERVICE].settings.issuer), headers=NO_STORE)


async def remove(request: web.Request) -> web.StreamResponse:
    """RFC 7592 section 2.3: 204, and every token that the client holds has ended."""
    await _configuration(request).remove(request.match_info["client_id"], request.headers.getall("Authorization", []))
    await request.app[SERVICE].resource_server.poll_revocations()
    return web.Response(status=204, headers=NO_STORE)


def _configuration(request: web.Request) -> ClientConfiguration:
    service = request.app[SERVICE]
    return ClientConfiguration(service.store, Rules(service.settings, service.scopes), service.sources)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/register/{client_id}", get=show, put=change, delete=remove)
