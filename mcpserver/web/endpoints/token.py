"""POST /token: the token endpoint (OAuth 2.1 section 3.2)."""

from aiohttp import web

from ...attribution import attribution_of
from ...oauth.keys.dpop import Presented
from ...oauth.protocol.models import Client
from ...oauth.protocol.parameters import Parameters
from ...oauth.tokens.endpoint import TokenIssuer, answer_token_request
from ...oauth.tokens.grants import enabled_grants
from ..http.client_address import clients_for
from ..http.cors import open_to_browsers
from ..http.forms import read_form
from ..http.json_response import json_answer
from ..http.service import SERVICE, Service

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def token(request: web.Request) -> web.StreamResponse:
    client, form = await authenticated_form(request)
    service = request.app[SERVICE]
    answer = await answer_token_request(issuer(service), enabled_grants(service.settings), client, form, proven_key(request, "/token"))
    return json_answer(answer, NO_STORE)


def proven_key(request: web.Request, path: str) -> str | None:
    """The thumbprint of the key a client proves to hold (RFC 9449 section 5) at an endpoint of ours. Raises InvalidDpopProof or UseDpopNonce."""
    service = request.app[SERVICE]
    if service.proofs is None or "DPoP" not in request.headers:
        return None
    return service.proofs.verify(Presented(request.headers.getall("DPoP"), request.method, service.settings.issuer + path))


async def authenticated_form(request: web.Request) -> tuple[Client, Parameters]:
    """The client and what it sent; the same at every endpoint that clients authenticate at."""
    form = await read_form(request)
    clients = clients_for(request)
    query = request.query if "?" in request.raw_path else ()  # nearly always there is none, and nothing to be parsed
    client = await clients.authenticate(authorization=request.headers.getall("Authorization", []), query=query, form=form)
    attribution_of(request).client = client.id
    return client, form


def issuer(service: Service) -> TokenIssuer:
    settings = service.settings
    return TokenIssuer(
        store=service.store,
        access_tokens=service.access_tokens,
        resources=service.resources,
        refresh_token_lifetime=settings.refresh_token_lifetime,
        reuse_window=settings.refresh_reuse_window,
        sources=service.sources,
        forget=service.resource_server.forget,
        identities=service.identities,
        workloads=service.clients.workloads,
        id_tokens=service.id_tokens,
        dpop_only=service.proofs is not None and service.proofs.required,
    )


def routes() -> list[web.AbstractRouteDef]:
    return open_to_browsers("/token", post=token)
