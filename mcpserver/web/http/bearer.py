"""Bearer tokens at the REST API: who is calling, or the challenge (RFC 6750 section 3)."""

from aiohttp import web

from ...attribution import attribute
from ...oauth.keys.dpop import Presented
from ...oauth.protocol.errors import BearerError
from ...principal import User
from .service import SERVICE


async def bearer_user(request: web.Request, *, scope: str) -> User:
    """The person behind a request, when they granted every scope of the space-separated ``scope``. Raises BearerError."""
    service = request.app[SERVICE]
    resource_server = service.resource_server
    proof = Presented(request.headers.getall("DPoP", ()), request.method, service.settings.origin + request.rel_url.raw_path)
    user = await resource_server.authenticate(request.headers.getall("Authorization", ()), request.query, proof)
    attribute(request, user)
    resource_server.require_scope(user, scope)
    return user


def bearer_answer(error: BearerError) -> web.Response:
    """The refusal for programs: the challenge in the header, the same in words as JSON."""
    body = {"error": error.code or "unauthorized", "error_description": error.description}
    return web.json_response(body, status=error.status, headers=error.headers)
