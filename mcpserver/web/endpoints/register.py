"""POST /register: dynamic client registration (RFC 7591)."""

from aiohttp import web

from mcpbase.addresses import network_of

from ...attribution import attribution_of
from ...oauth.clients.initial_access import require_initial_access_token
from ...oauth.clients.metadata import Rules
from ...oauth.clients.registration import register, registration_answer
from ..http.admission import counted
from ..http.client_address import peer_address
from ..http.cors import open_to_browsers
from ..http.forms import read_json
from ..http.json_response import json_answer
from ..http.service import SERVICE
from .token import NO_STORE


async def add(request: web.Request) -> web.StreamResponse:
    """RFC 7591 section 3.2.1: 201 with everything that was registered."""
    service = request.app[SERVICE]
    with counted(request, service.registrations):
        token = await _initial_access_token(request)
        rules = Rules(service.settings, service.scopes)
        registered = await register(service.store, await read_json(request), rules, service.sources, initial_access_token=token, network=_network(request))
    attribution_of(request).client = registered.client.id
    return json_answer(registration_answer(registered, service.settings.issuer), NO_STORE, status=201)


async def _initial_access_token(request: web.Request) -> bytes | None:
    """None where everybody may register."""
    service = request.app[SERVICE]
    if service.settings.registration != "token":
        return None
    return await require_initial_access_token(service.store, request.headers.getall("Authorization", []), now=service.sources.now())


def _network(request: web.Request) -> str:
    """From where; kept as a digest that only this installation can make."""
    mac = request.app[SERVICE].seal.mac(network_of(peer_address(request)).encode(), purpose="network of a registration")
    return mac[:12].hex()


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/register", post=add)
