"""POST /token: the token endpoint (OAuth 2.1 section 3.2)."""

from aiohttp import web

from ...oauth.tokens.endpoint import Redeem, answer_token_request
from ..http.client_authentication import authenticated_form, proven_key
from ..http.cors import open_to_browsers
from ..http.json_response import NO_STORE, json_answer
from ..http.parts import TOKEN_ISSUER

GRANTS: web.AppKey[dict[str, Redeem]] = web.AppKey("grants", dict)
"""The grant types that are switched on, by name."""


async def token(request: web.Request) -> web.StreamResponse:
    client, form = await authenticated_form(request)
    issuer, grants = request.app[TOKEN_ISSUER], request.app[GRANTS]
    return json_answer(await answer_token_request(issuer, grants, client, form, proven_key(request, "/token")), NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/token", post=token)
