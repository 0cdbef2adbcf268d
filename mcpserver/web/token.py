"""POST /token: the token endpoint (OAuth 2.1 section 3.2)."""

from aiohttp import web

from ..oauth.clients import authenticate
from ..oauth.grants import GRANTS
from ..oauth.models import Client
from ..oauth.parameters import Parameters
from ..oauth.token import TokenIssuer, answer_token_request
from .cors import open_to_browsers
from .forms import read_form
from .service import SERVICE, Service

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def token(request: web.Request) -> web.StreamResponse:
    client, form = await authenticated_form(request)
    answer = await answer_token_request(issuer(request.app[SERVICE]), GRANTS, client, form)
    return web.json_response(answer, headers=NO_STORE)


async def authenticated_form(request: web.Request) -> tuple[Client, Parameters]:
    """The client and what it sent; the same at every endpoint that clients authenticate at."""
    form = await read_form(request)
    store = request.app[SERVICE].store
    return await authenticate(store, authorization=request.headers.getall("Authorization", []), query=request.query, form=form), form


def issuer(service: Service) -> TokenIssuer:
    settings = service.settings
    return TokenIssuer(
        store=service.store,
        access_tokens=service.access_tokens,
        scopes=service.scopes,
        resource=settings.resource,
        refresh_token_lifetime=settings.refresh_token_lifetime,
        reuse_window=settings.refresh_reuse_window,
        sources=service.sources,
        forget=service.resource_server.forget,
    )


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/token", post=token)
