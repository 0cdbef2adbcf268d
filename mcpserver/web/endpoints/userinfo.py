"""GET and POST /userinfo: who granted the access token (OpenID Connect Core section 5.3)."""

from aiohttp import web

from ...oauth.tokens import OPENID, person_claims
from ..http import NO_STORE, bearer_user, open_to_browsers


async def userinfo(request: web.Request) -> web.StreamResponse:
    user = await bearer_user(request, scope=OPENID)
    claims = person_claims(user.scopes, name=user.name, username=user.username, email=user.email)
    return web.json_response({"sub": user.id, **claims}, headers=NO_STORE)


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/userinfo", get=userinfo, post=userinfo)
