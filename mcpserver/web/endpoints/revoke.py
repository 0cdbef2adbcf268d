"""POST /revoke: token revocation (RFC 7009)."""

from aiohttp import web

from ...oauth.tokens.revocation import revoke_token
from ..http.client_authentication import authenticated_form
from ..http.cors import open_to_browsers
from ..http.json_response import NO_STORE
from ..http.parts import TOKEN_ISSUER


async def revoke(request: web.Request) -> web.StreamResponse:
    """RFC 7009 section 2.2: 200 with an empty body, whether or not there was anything to revoke."""
    client, form = await authenticated_form(request)
    await revoke_token(request.app[TOKEN_ISSUER], client, form)
    return web.Response(headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/revoke", post=revoke)
