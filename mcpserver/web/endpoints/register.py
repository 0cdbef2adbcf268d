"""POST /register: dynamic client registration (RFC 7591)."""

from aiohttp import web
from attrs import frozen

from mcpbase.addresses import network_of
from mcpbase.seal import Seal
from mcpbase.sign_in import Throttle

from ...attribution import attribution_of
from ...oauth.clients import Rules, StatelessClients, register, registration_answer, require_initial_access_token
from ...oauth.protocol import RegistrationStore
from ...sources import Sources
from ..http import NO_STORE, counted, json_answer, open_to_browsers, peer_address, read_json


@frozen
class Registration:
    """What registering needs; ``throttle`` counts by address."""

    store: RegistrationStore
    rules: Rules
    seal: Seal
    sources: Sources
    throttle: Throttle


REGISTRATION: web.AppKey[Registration] = web.AppKey("registration", Registration)


async def add(request: web.Request) -> web.StreamResponse:
    """RFC 7591 section 3.2.1: 201 with everything that was registered. Raises Throttled."""
    parts = request.app[REGISTRATION]
    with counted(request, parts.throttle):
        token, document = await _initial_access_token(request, parts), await read_json(request)
        network = _network(request, parts.seal)
        registered = await register(
            parts.store,
            document,
            parts.rules,
            parts.sources,
            stateless=StatelessClients(parts.seal, parts.sources),
            initial_access_token=token,
            network=network,
        )
    attribution_of(request).client = registered.client.id
    return json_answer(registration_answer(registered, parts.rules.settings.issuer), NO_STORE, status=201)


async def _initial_access_token(request: web.Request, parts: Registration) -> bytes | None:
    """None where everybody may register."""
    if parts.rules.settings.registration != "token":
        return None
    return await require_initial_access_token(
        parts.store, request.headers.getall("Authorization", []), now=parts.sources.now()
    )


def _network(request: web.Request, seal: Seal) -> str:
    """The network that a request comes from, as a digest that only this installation can make."""
    mac = seal.mac(network_of(peer_address(request)).encode(), purpose="network of a registration")
    return mac[:12].hex()


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/register", post=add)
