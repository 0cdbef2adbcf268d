"""POST /revoke: token revocation (RFC 7009)."""

from aiohttp import web

from ...oauth.tokens import revoke_token
from ..http import NO_STORE, TOKEN_ISSUER, authenticated_form, open_to_browsers


async def revoke(request: web.Request) -> web.StreamResponse:
    """RFC 7009 section 2.2: 200 with an empty body, whether or not there was anything to revoke."""
    client, form = await authenticated_form(request)
    await revoke_token(request.app[TOKEN_ISSUER], client, form)
    return web.Response(headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/revoke", post=revoke)
