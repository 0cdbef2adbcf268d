"""POST /device_authorization: a device asks for its codes (RFC 8628 section 3.1)."""

from aiohttp import web
from attrs import frozen

from mcpbase.seal import Seal
from mcpbase.sign_in.throttle import Throttle

from ...oauth.authorize.device_authorization import begin, device_answer, device_request_size
from ...oauth.limits.quota import Quota
from ...oauth.protocol.resources import Resources
from ...oauth.protocol.stores import DeviceStore
from ...sources import Sources
from ..http.admission import counted
from ..http.client_address import peer_address
from ..http.client_authentication import authenticated_form, proven_key
from ..http.cors import open_to_browsers
from ..http.json_response import NO_STORE
from ..http.parts import SITE

PATH = "/device_authorization"


@frozen
class DeviceAuthorization:
    """What a device's request needs; ``throttle`` and ``quota`` bound requests and their bytes, by address."""

    store: DeviceStore
    seal: Seal
    resources: Resources
    sources: Sources
    throttle: Throttle
    quota: Quota


DEVICE_AUTHORIZATION: web.AppKey[DeviceAuthorization] = web.AppKey("device_authorization", DeviceAuthorization)


async def add(request: web.Request) -> web.StreamResponse:
    """RFC 8628 section 3.2: 200 with the codes and where to enter one of them. Raises Throttled."""
    parts = request.app[DEVICE_AUTHORIZATION]
    client, form = await authenticated_form(request)
    with counted(request, parts.throttle):
        parts.quota.take(peer_address(request), device_request_size(client, form))
        device_code, user_code = await begin(
            parts.store,
            parts.seal,
            client,
            form,
            resources=parts.resources,
            thumbprint=proven_key(request, PATH),
            sources=parts.sources,
        )
    return web.json_response(device_answer(request.app[SITE].settings.issuer, device_code, user_code), headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers(PATH, post=add)
