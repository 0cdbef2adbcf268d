"""Access tokens at endpoints other than MCP: the caller, or the challenge (RFC 6750 section 3)."""

from aiohttp import web

from ...attribution import attribute
from ...oauth.keys import Presented
from ...oauth.protocol import BearerError
from ...principal import User
from .parts import RESOURCE_SERVER, SITE


async def bearer_user(request: web.Request, *, scope: str) -> User:
    """The person behind a request, when they granted every scope of the space-separated ``scope``.

    Raises BearerError.
    """
    resource_server = request.app[RESOURCE_SERVER]
    address = request.app[SITE].settings.origin + request.rel_url.raw_path
    proof = Presented(request.headers.getall("DPoP", ()), request.method, address)
    user = await resource_server.authenticate(request.headers.getall("Authorization", ()), request.query, proof)
    attribute(request, user)
    resource_server.require_scope(user, scope)
    return user


def bearer_answer(error: BearerError) -> web.Response:
    """The refusal for programs: the challenge in the header, the same in words as JSON."""
    body = {"error": error.code or "unauthorized", "error_description": error.description}
    return web.json_response(body, status=error.status, headers=error.headers)
