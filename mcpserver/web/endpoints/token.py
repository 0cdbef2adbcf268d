"""POST /token: the token endpoint (OAuth 2.1 section 3.2)."""

from aiohttp import web

from ...oauth.tokens import Redeem, answer_token_request
from ..http import NO_STORE, TOKEN_ISSUER, authenticated_form, json_answer, open_to_browsers, proven_key

GRANTS: web.AppKey[dict[str, Redeem]] = web.AppKey("grants", dict)
"""The grant types that are switched on, by name."""


async def token(request: web.Request) -> web.StreamResponse:
    client, form = await authenticated_form(request)
    issuer, grants = request.app[TOKEN_ISSUER], request.app[GRANTS]
    return json_answer(
        await answer_token_request(issuer, grants, client, form, proven_key(request, "/token")), NO_STORE
    )


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/token", post=token)
