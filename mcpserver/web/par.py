"""POST /par: pushed authorization requests (RFC 9126)."""

from aiohttp import web

from ..oauth.pushed import push, pushed_parameters, require_answerable, size_of
from .admission import counted
from .authorize import hints_of
from .cors import open_to_browsers
from .peer import clients_for, peer_address
from .service import SERVICE
from .token import NO_STORE, authenticated_form, proven_key


async def par(request: web.Request) -> web.StreamResponse:
    """RFC 9126 section 2.2: 201 with the reference. Raises Throttled."""
    client, form = await authenticated_form(request)
    service = request.app[SERVICE]
    with counted(request, service.pushes):
        parameters = pushed_parameters(client, form, proven_key(request, "/par"))
        await require_answerable(clients_for(request), parameters, service.settings, service.resources, hints_of(service))
        service.pushed_bytes.take(peer_address(request), size_of(parameters))
        return web.json_response(await push(service.store, client, parameters, service.sources), status=201, headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/par", post=par)
