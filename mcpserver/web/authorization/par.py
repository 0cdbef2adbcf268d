"""POST /par: pushed authorization requests (RFC 9126)."""

from aiohttp import web
from attrs import frozen

from mcpbase.sign_in import Throttle

from ...oauth.authorize import push, pushed_parameters, pushed_request_size, require_answerable
from ...oauth.limits import Quota
from ..http import (
    NO_STORE,
    SITE,
    STORE,
    authenticated_form,
    clients_for,
    counted,
    open_to_browsers,
    peer_address,
    proven_key,
)
from .parts import HINTS, RESOURCES


@frozen
class PushLimits:
    """Limits of requests and of their bytes, by address."""

    throttle: Throttle
    quota: Quota


PUSH_LIMITS: web.AppKey[PushLimits] = web.AppKey("push_limits", PushLimits)


async def par(request: web.Request) -> web.StreamResponse:
    """RFC 9126 section 2.2: 201 with the reference. Raises Throttled."""
    client, form = await authenticated_form(request)
    site, limits = request.app[SITE], request.app[PUSH_LIMITS]
    with counted(request, limits.throttle):
        parameters = pushed_parameters(client, form, proven_key(request, "/par"))
        resources, hints = request.app[RESOURCES], request.app.get(HINTS)
        await require_answerable(clients_for(request), parameters, site.settings, resources, hints)
        limits.quota.take(peer_address(request), pushed_request_size(parameters))
        answer = await push(request.app[STORE], client, parameters, site.sources)
        return web.json_response(answer, status=201, headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/par", post=par)
