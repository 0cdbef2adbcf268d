"""GET and POST /authorize: the authorization endpoint (OAuth 2.1 section 4.1.1)."""

import logging
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from ..oauth.authorization import AuthorizationRequest, Target, prove_target, require_interaction_allowed, require_request
from ..oauth.consent import seal_request
from ..oauth.errors import InvalidRequest, LoginRequired, OAuthError, PageError
from ..oauth.known_clients import is_known
from ..oauth.models import Client, ClientKind
from ..oauth.parameters import Parameters
from ..oauth.redirects import display_host, is_loopback
from ..oauth.scopes import OFFLINE_ACCESS
from .browser import SignedIn, csrf_token, signed_in
from .forms import query_parameters, read_form
from .pages import error_page, render, sign_in_page
from .service import SERVICE, Service

_log = logging.getLogger(__name__)


async def authorize(request: web.Request) -> web.StreamResponse:
    """Show who asks for what, after sign-in; or refuse: by page, or by redirect once the target is proven."""
    service = request.app[SERVICE]
    parameters = await _parameters(request)
    target = await prove_target(service.clients, parameters, issuer=service.settings.issuer)
    person = await signed_in(request)
    try:
        asked = require_request(target, parameters, scopes=service.scopes, resource=service.settings.resource, dpop=service.proofs is not None)
        if person is None:
            _require_sign_in_allowed(asked)
        else:
            require_interaction_allowed(asked)
    except OAuthError as error:
        return refuse(request, target, error, trusted=person is not None)
    if person is None:
        return sign_in_page(request, next=service.settings.base + _again(parameters))
    return _consent_page(request, service, asked, person)


async def _parameters(request: web.Request) -> Parameters:
    """The query's and the form's parameters together: one that stands in both is there twice."""
    try:
        query = query_parameters(request)
        if request.method != "POST":
            return query
        form = await read_form(request)
    except InvalidRequest as error:
        raise PageError("This request is malformed", error.description) from error
    return Parameters((name, value) for source in (query, form) for name in source for value in source.all(name))


def _again(parameters: Parameters) -> str:
    """The same request as an address, to come back to after sign-in; a form becomes a query, so that it is not lost."""
    return "/authorize?" + urlencode([(name, value) for name in parameters for value in parameters.all(name)])


def _require_sign_in_allowed(asked: AuthorizationRequest) -> None:
    """OpenID Connect Core section 3.1.2.1: prompt none."""
    if "none" in asked.prompts:
        raise LoginRequired("Nobody is signed in, and the request forbids asking.")


def refuse(request: web.Request, target: Target, error: OAuthError, *, trusted: bool) -> web.StreamResponse:
    """Send an error to the client. Before sign-in, an unverified client gets no redirect but a page with a link.

    RFC 9700 section 4.11.2: else anybody could register here and use this server to send people anywhere.
    """
    _log.warning("authorization request of client %s refused: %s: %s", target.client.id, error.code, error.reason)
    location = target.refusal(error)
    if trusted or target.client.verified:
        return web.Response(status=303, headers={"Location": location})
    host = display_host(target.redirect_uri)
    message = f"The application {target.client.name} sent a request that cannot be answered: {error.description} ({error.code})"
    return error_page(request, title="This request cannot be answered", message=message, status=400, link={"href": location, "text": f"Return to {host}"})


def _consent_page(request: web.Request, service: Service, asked: AuthorizationRequest, person: SignedIn) -> web.StreamResponse:
    client = asked.target.client
    to_this_computer = is_loopback(asked.target.redirect_uri)
    context = consent_context(service, client, asked.scope, person, proven=not to_this_computer) | {
        "redirect_host": display_host(asked.target.redirect_uri),
        "redirect_uri": asked.target.redirect_uri,
        "to_this_computer": to_this_computer,
        "request": seal_request(service.seal, asked, session=person.session.digest, now=service.sources.now()),
        "csrf": csrf_token(request),
    }
    return render(request, "consent.html", context, leads_away=True)


def consent_context(service: Service, client: Client, scope: str, person: SignedIn, *, proven: bool) -> dict[str, object]:
    """What every consent page says: who asks, whom, and for what. ``proven``: what is allowed goes to nobody but the client that is named."""
    names = set(scope.split()) - {OFFLINE_ACCESS.name}
    return {
        "client": {
            "name": client.name,
            "id": client.id,
            "uri": client.metadata.get("client_uri"),
            "verified": client.verified,
            "proven": proven,
            **_published(client),
        },
        "account": {"username": person.account.username, "name": person.account.name, "email": person.account.email},
        "scopes": [{"name": scope.name, "description": scope.description, "checked": True} for scope in service.scopes.describe(names)],
    }


def _published(client: Client) -> dict[str, object]:
    """The host that a client's document stands at, whereas its name is a claim; and whether many know it."""
    if client.kind is not ClientKind.DOCUMENT:
        return {"publisher": None, "known": False}
    return {"publisher": urlsplit(client.id).netloc, "known": is_known(client.id)}


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/authorize", authorize), web.post("/authorize", authorize)]
