"""POST /device_authorization: a device asks for its codes (RFC 8628 section 3.1)."""

from aiohttp import web
from attrs import frozen

from mcpbase.seal import Seal
from mcpbase.sign_in import Throttle

from ...oauth.authorize import begin, device_answer, device_request_size
from ...oauth.limits import Quota
from ...oauth.protocol import DeviceStore, Resources
from ...sources import Sources
from ..http import NO_STORE, SITE, authenticated_form, counted, open_to_browsers, peer_address, proven_key

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
