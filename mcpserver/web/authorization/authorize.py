"""GET and POST /authorize: the authorization endpoint (OAuth 2.1 section 4.1.1)."""

import logging
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from attrs import evolve, frozen

from mcpbase.masking import masked

from ...attribution import attribution_of
from ...oauth.authorize.consent import seal_request
from ...oauth.authorize.decision import Decider, Lifetimes, approve
from ...oauth.authorize.id_token_hint import Hints
from ...oauth.authorize.prior_consent import reaches_nobody_else, require_standing, with_standing
from ...oauth.authorize.prompt import Shown, must_sign_in, open_shown, require_person, require_sign_in_allowed, seal_shown
from ...oauth.authorize.pushed import open_pushed, refers_to_pushed, require_pushed
from ...oauth.authorize.request import AuthorizationRequest, Target, known_parameters, prove_target, require_request
from ...oauth.authorize.response import response_modes
from ...oauth.protocol.errors import InvalidRequest, OAuthError, PageError
from ...oauth.protocol.known_clients import is_known
from ...oauth.protocol.models import Client, ClientKind, DecisionKey
from ...oauth.protocol.parameters import Parameters
from ...oauth.protocol.redirects import display_host
from ...oauth.protocol.scopes import OFFLINE_ACCESS
from ...principal import covers
from ..http.client_address import clients_for
from ..http.forms import query_parameters, read_form
from ..http.service import SERVICE, Service
from ..pages.browser import SignedIn, csrf_token, signed_in
from ..pages.rendering import error_page, logged_reference, render, sign_in_page
from ..pages.sign_in import another_account, presented
from .authorization_response import send_answer

_log = logging.getLogger(__name__)

_SHOWN = "sign_in_shown"
"""The parameter that a request comes back with after the sign-in page."""


async def authorize(request: web.Request) -> web.StreamResponse:
    """Show who asks for what, after sign-in; or refuse: by page, or by redirect once the target is proven."""
    asking = await _read(request)
    service = request.app[SERVICE]
    modes = response_modes(service.settings)
    target = await prove_target(clients_for(request), asking.parameters, issuer=service.settings.issuer, modes=modes, openid=service.settings.openid)
    attribution_of(request).client = target.client.id
    person = await signed_in(request)
    try:
        if asking.once is None:
            require_pushed(target.client, service.settings)
        asked = require_request(target, asking.parameters, service.resources, dpop=service.proofs is not None, modes=modes, hints=hints_of(service))
        return await _answer(request, asking, evolve(asked, once=asking.once), person)
    except OAuthError as error:
        return refuse(request, target, error, trusted=person is not None)


@frozen
class _Asking:
    """``sent`` is what came, to come back with after sign-in; ``parameters`` are the request, which may have been pushed and be known as ``once``."""

    sent: Parameters
    parameters: Parameters
    shown: str | None
    once: DecisionKey | None = None


async def _read(request: web.Request) -> _Asking:
    service, came = request.app[SERVICE], await _parameters(request)
    sent = known_parameters(came)
    shown = next(iter(came.all(_SHOWN)), None)
    if service.settings.pushed_requests == "off" or not refers_to_pushed(sent):
        return _Asking(sent, sent, shown)
    pushed, once = await open_pushed(service.store, sent, service.sources)
    reference = Parameters((name, value) for name, value in sent.pairs() if name in ("client_id", "request_uri"))
    return _Asking(reference, pushed, shown, once)


async def _parameters(request: web.Request) -> Parameters:
    """The query's and the form's parameters together: one that stands in both is there twice."""
    try:
        query = query_parameters(request)
        if request.method != "POST":
            return query
        form = await read_form(request)
    except InvalidRequest as error:
        raise PageError("This request is malformed", error.description) from error
    return Parameters([*query.pairs(), *form.pairs()])


async def _answer(request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn | None) -> web.StreamResponse:
    """Sign-in first, where it is needed; then consent, unless the request forbids asking and need not."""
    service, prompting = request.app[SERVICE], asked.prompting
    session, now = None if person is None else person.session, service.sources.now()
    shown = open_shown(service.seal, asking.shown, asking.sent, now=now)
    if person is None or (not person.assumed and must_sign_in(prompting, session, shown, now=now)):
        require_sign_in_allowed(prompting)
        return _sign_in_page(request, asking, asked, person)
    require_person(prompting, person.session)
    granted = await service.store.find_granted_scopes(person.account.id, asked.target.client.id, asked.resource, now=now)
    if not prompting.silent:
        return _consent_page(request, asking, with_standing(asked, granted, service.scopes), person, granted)
    require_standing(asked, granted)
    return send_answer(request, await approve(decider(service, person), asked, set(asked.scope.split())))


def hints_of(service: Service) -> Hints | None:
    """None where there are no ID tokens."""
    return Hints(service.keys, service.settings.issuer) if service.settings.openid else None


def decider(service: Service, person: SignedIn) -> Decider:
    lifetimes = Lifetimes(code=service.settings.code_lifetime, grant=service.settings.grant_lifetime)
    return Decider(service.store, service.seal, service.sources, lifetimes, person.session)


def _back(request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn | None) -> str:
    """The address of this request, with the proof that the sign-in page was shown where the request insists on that."""
    service = request.app[SERVICE]
    session, now = None if person is None else person.session, service.sources.now()
    shown = [(_SHOWN, seal_shown(service.seal, asking.sent, session=session, now=now))] if asked.prompting.insists else []
    return f"{service.settings.base}/authorize?" + urlencode(asking.sent.pairs() + shown)


def _sign_in_page(request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn | None) -> web.StreamResponse:
    """It leads back here; somebody who is signed in may also go on, unless it is them who must prove themselves."""
    service, prompting = request.app[SERVICE], asked.prompting
    session, now = None if person is None else person.session, service.sources.now()
    again, name = _back(request, asking, asked, person), None if person is None else person.account.name
    stays = person is not None and not must_sign_in(prompting, session, Shown(person.session.digest, now), now=now)
    application = presented(asked.target.client)
    return sign_in_page(request, next=again, login=prompting.login_hint or "", person=name, stays=stays, application=application)


def refuse(request: web.Request, target: Target, error: OAuthError, *, trusted: bool) -> web.StreamResponse:
    """Send an error to the client. Before sign-in, an unverified client gets no redirect but a page with a link.

    RFC 9700 section 4.11.2: else anybody could register here and use this server to send people anywhere.
    """
    answer, what = target.refusal(error), f"authorization request of client {target.client.id} refused"
    reference = logged_reference(request, _log, what, f"{error.code}: {masked(error.reason)}")
    if trusted or target.client.verified:
        return send_answer(request, answer)
    message = f"The application {target.client.name} sent a request that cannot be answered: {error.description} ({error.code})"
    link = {"href": answer.location, "text": f"Return to {display_host(target.redirect_uri)}"}
    return error_page(request, title="This request cannot be answered", message=message, status=400, link=link, reference=reference)


def _consent_page(request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn, granted: list[str]) -> web.StreamResponse:
    service, client = request.app[SERVICE], asked.target.client
    to_this_computer = not asked.target.redirect_uri.startswith("https://")
    context = consent_context(service, client, asked.scope, person, granted, proven=reaches_nobody_else(asked.target)) | {
        "redirect_host": display_host(asked.target.redirect_uri),
        "redirect_uri": asked.target.redirect_uri,
        "to_this_computer": to_this_computer,
        "another": None if person.assumed else another_account(request, _back(request, asking, asked, person)),
        "elsewhere": elsewhere(service, asked.resource),
        "request": seal_request(service.seal, asked, session=person.session.digest, sources=service.sources),
        "csrf": csrf_token(request),
    }
    return render(request, "consent.html", context, leads_away=True)


def consent_context(service: Service, client: Client, scope: str, person: SignedIn, granted: Sequence[str] = (), *, proven: bool) -> dict[str, object]:
    """What every consent page says: who asks, whom, and for what; ``granted`` are the scopes of live grants.

    ``proven``: what is allowed goes to nobody but the client that is named.
    """
    held, names = " ".join(granted).split(), set(scope.split()) - {OFFLINE_ACCESS.name}
    return {
        "client": {
            "name": client.name,
            "id": client.id,
            "uri": client.metadata.get("client_uri"),
            "policy": client.metadata.get("policy_uri"),
            "terms": client.metadata.get("tos_uri"),
            "verified": client.verified,
            "proven": proven,
            **_published(client),
        },
        "account": {"username": person.account.username, "name": person.account.name, "email": person.account.email},
        "scopes": [
            {"name": scope.name, "description": scope.description, "checked": True, "held": covers(held, scope.name)}
            for scope in service.scopes.describe(names)
        ],
    }


def elsewhere(service: Service, resource: str) -> list[str]:
    """The hosts of the resources beyond our own that access is asked for."""
    return [urlsplit(identifier).netloc or identifier for identifier in resource.split() if identifier != service.resources.own]


def _published(client: Client) -> dict[str, object]:
    """The host that a client's document stands at, whereas its name is a claim; and whether many know it."""
    if client.kind is not ClientKind.DOCUMENT:
        return {"publisher": None, "known": False}
    return {"publisher": urlsplit(client.id).netloc, "known": is_known(client.id)}


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/authorize", authorize), web.post("/authorize", authorize)]
