"""POST /par: pushed authorization requests (RFC 9126)."""

from aiohttp import web

from ...oauth.authorize.pushed import push, pushed_parameters, require_answerable, size_of
from ..endpoints.token import NO_STORE, authenticated_form, proven_key
from ..http.admission import counted
from ..http.client_address import clients_for, peer_address
from ..http.cors import open_to_browsers
from ..http.service import SERVICE
from .authorize import hints_of


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
