"""POST /register: dynamic client registration (RFC 7591)."""

from aiohttp import web

from ..oauth.client_metadata import Rules
from ..oauth.registration import register, registration_answer
from .cors import open_to_browsers
from .forms import read_json
from .service import SERVICE
from .token import NO_STORE


async def add(request: web.Request) -> web.StreamResponse:
    """RFC 7591 section 3.2.1: 201 with everything that was registered."""
    service = request.app[SERVICE]
    client, secret = await register(service.store, await read_json(request), Rules(service.settings, service.scopes), service.sources)
    return web.json_response(registration_answer(client, secret), status=201, headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/register", post=add)
