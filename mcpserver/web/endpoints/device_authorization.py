"""POST /device_authorization: a device asks for its codes (RFC 8628 section 3.1)."""

from aiohttp import web

from ...oauth.authorize.device_authorization import begin, device_answer, size_of
from ..http.admission import counted
from ..http.client_address import peer_address
from ..http.cors import open_to_browsers
from ..http.service import SERVICE
from .token import NO_STORE, authenticated_form, proven_key

PATH = "/device_authorization"


async def add(request: web.Request) -> web.StreamResponse:
    """RFC 8628 section 3.2: 200 with the codes and where to enter one of them. Raises Throttled."""
    service = request.app[SERVICE]
    client, form = await authenticated_form(request)
    with counted(request, service.devices):
        service.device_bytes.take(peer_address(request), size_of(client, form))
        device_code, user_code = await begin(
            service.store,
            service.seal,
            client,
            form,
            resources=service.resources,
            thumbprint=proven_key(request, PATH),
            sources=service.sources,
        )
    return web.json_response(device_answer(service.settings.issuer, device_code, user_code), headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers(PATH, post=add)
