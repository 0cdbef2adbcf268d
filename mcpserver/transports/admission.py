"""Authentication of callers at the endpoint, and the challenge for those who are refused (RFC 6750 section 3)."""

from aiohttp import web

from ..mcp import Server
from ..mcp.protocol import ScopeRequired
from ..oauth.keys import Presented
from ..oauth.protocol import BearerError
from ..principal import User
from .authenticator import Authenticator


class Admission:
    """Authenticates callers with ``gate``, which is None for a server without sign-in.

    ``origin`` is the server's own, as it appears in DPoP proofs (RFC 9449).
    """

    def __init__(self, server: Server, gate: Authenticator | None, origin: str) -> None:
        self._server = server
        self._gate = gate
        self._origin = origin

    async def caller(self, request: web.Request) -> User | None:
        """The caller, None on a server without sign-in, or without a token if anything is public.

        Raises BearerError.
        """
        if self._gate is None or ("Authorization" not in request.headers and self._server.catalogs.has_public):
            return None
        return await self.require_caller(request)

    async def require_caller(self, request: web.Request) -> User:
        """The caller, whose token is required. Raises BearerError."""
        assert self._gate is not None
        proof = Presented(request.headers.getall("DPoP", ()), request.method, self._origin + request.rel_url.raw_path)
        return await self._gate.authenticate(request.headers.getall("Authorization", ()), request.query, proof)

    def require_scope(self, caller: User | None, required: ScopeRequired) -> None:
        """Raises BearerError with status 403 for a caller whose token lacks the scope."""
        if caller is not None and self._gate is not None:
            self._gate.require_scope(caller, required.scope)


def challenged(error: BearerError, headers: dict[str, str]) -> web.Response:
    """The answer to a missing or refused token."""
    body = {"error": error.code or "unauthorized", "error_description": error.description}
    return web.json_response(body, status=error.status, headers={**error.headers, **headers})
