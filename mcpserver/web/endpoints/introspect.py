"""POST /introspect: token introspection (RFC 7662)."""

from aiohttp import web

from ...oauth.tokens.introspection import Introspection
from ..http.json_response import json_answer
from ..http.service import SERVICE, Service
from .token import NO_STORE, authenticated_form


async def introspect(request: web.Request) -> web.StreamResponse:
    """Not open to browsers of other origins: whoever may ask has credentials, which have no place in a page."""
    client, form = await authenticated_form(request)
    return json_answer(await _introspection(request.app[SERVICE]).answer(client, form), NO_STORE)


def _introspection(service: Service) -> Introspection:
    async def find_username(user_id: str) -> str | None:
        account = await service.store.find_account(user_id)
        return None if account is None or account.disabled_at is not None else account.username

    return Introspection(service.store, service.access_tokens, find_username, service.settings.issuer, service.sources)


def routes() -> list[web.AbstractRouteDef]:
    return [web.post("/introspect", introspect)]
