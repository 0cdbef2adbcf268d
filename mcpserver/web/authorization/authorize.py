"""GET and POST /authorize: the authorization endpoint (OAuth 2.1 section 4.1.1)."""

import logging
from urllib.parse import urlencode

from aiohttp import web
from attrs import evolve, frozen

from mcpbase.masking import masked

from ...attribution import attribution_of
from ...oauth.authorize import (
    AuthorizationRequest,
    Shown,
    Target,
    approve,
    known_parameters,
    must_sign_in,
    open_pushed,
    open_shown,
    prove_target,
    reaches_nobody_else,
    refers_to_pushed,
    require_person,
    require_pushed,
    require_request,
    require_sign_in_allowed,
    require_standing,
    response_modes,
    seal_request,
    seal_shown,
    with_standing,
)
from ...oauth.protocol import DecisionKey, InvalidRequest, OAuthError, PageError, Parameters, display_host
from ..http import PROOFS, SITE, STORE, clients_for, query_parameters, read_form
from ..pages import SignedIn, error_page, logged_reference, presented, sign_in_page, signed_in
from .authorization_response import send_answer
from .consent_form import consent_page
from .parts import DECIDER, HINTS, RESOURCES

_log = logging.getLogger(__name__)

_SHOWN = "sign_in_shown"
"""The parameter that proves that the sign-in page was shown."""


async def authorize(request: web.Request) -> web.StreamResponse:
    """The sign-in page, the consent page, or an error: a page, or a redirect once the redirect URI is proven."""
    asking = await _read(request)
    settings = request.app[SITE].settings
    modes = response_modes(settings)
    target = await prove_target(
        clients_for(request), asking.parameters, issuer=settings.issuer, modes=modes, openid=settings.openid
    )
    attribution_of(request).client = target.client.id
    person = await signed_in(request)
    try:
        if asking.once is None:
            require_pushed(target.client, settings)
        resources, hints = request.app[RESOURCES], request.app.get(HINTS)
        asked = require_request(
            target, asking.parameters, resources, dpop=PROOFS in request.app, modes=modes, hints=hints
        )
        return await _answer(request, asking, evolve(asked, once=asking.once), person)
    except OAuthError as error:
        return refuse(request, target, error, trusted=person is not None)


@frozen
class _Asking:
    """``sent`` are the parameters to return with after sign-in; ``parameters`` those of the request.

    They differ where the request was pushed; ``once`` is its key then.
    """

    sent: Parameters
    parameters: Parameters
    shown: str | None
    once: DecisionKey | None = None


async def _read(request: web.Request) -> _Asking:
    site, came = request.app[SITE], await _parameters(request)
    sent = known_parameters(came)
    shown = next(iter(came.all(_SHOWN)), None)
    if site.settings.pushed_requests == "off" or not refers_to_pushed(sent):
        return _Asking(sent, sent, shown)
    pushed, once = await open_pushed(request.app[STORE], sent, site.sources)
    reference = Parameters((name, value) for name, value in sent.pairs() if name in ("client_id", "request_uri"))
    return _Asking(reference, pushed, shown, once)


async def _parameters(request: web.Request) -> Parameters:
    """The parameters of query and form together, so that one that is in both counts as repeated."""
    try:
        query = query_parameters(request)
        if request.method != "POST":
            return query
        form = await read_form(request)
    except InvalidRequest as error:
        raise PageError("This request is malformed", error.description) from error
    return Parameters([*query.pairs(), *form.pairs()])


async def _answer(
    request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn | None
) -> web.StreamResponse:
    """The sign-in page where it is needed; else the consent page, or the code where nothing has to be asked."""
    decider, prompting = request.app[DECIDER], asked.prompting
    session, now = None if person is None else person.session, decider.sources.now()
    shown = open_shown(decider.seal, asking.shown, asking.sent, now=now)
    if person is None or (not person.assumed and must_sign_in(prompting, session, shown, now=now)):
        require_sign_in_allowed(prompting)
        return _sign_in_page(request, asking, asked, person)
    require_person(prompting, person.session)
    granted = await request.app[STORE].find_granted_scopes(
        person.account.id, asked.target.client.id, asked.resource, now=now
    )
    if not prompting.silent:
        asked = with_standing(asked, granted, request.app[RESOURCES].scopes)
        return _consent_page(request, asking, asked, person, granted)
    require_standing(asked, granted)
    return send_answer(request, await approve(decider, asked, set(asked.scope.split()), session=person.session))


def _back(request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn | None) -> str:
    """The address of this request, with the proof that the sign-in page was shown where the request insists on that."""
    decider = request.app[DECIDER]
    session, now = None if person is None else person.session, decider.sources.now()
    insists = asked.prompting.insists
    shown = [(_SHOWN, seal_shown(decider.seal, asking.sent, session=session, now=now))] if insists else []
    return f"{request.app[SITE].settings.base}/authorize?" + urlencode(asking.sent.pairs() + shown)


def _sign_in_page(
    request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn | None
) -> web.StreamResponse:
    """The sign-in page, which leads back here.

    Who is signed in may go on as they are, unless the request forbids it.
    """
    prompting, now = asked.prompting, request.app[SITE].sources.now()
    again, name = _back(request, asking, asked, person), None if person is None else person.account.name
    stays = person is not None and not must_sign_in(
        prompting, person.session, Shown(person.session.digest, now), now=now
    )
    application = presented(asked.target.client)
    return sign_in_page(
        request, next=again, login=prompting.login_hint or "", person=name, stays=stays, application=application
    )


def refuse(request: web.Request, target: Target, error: OAuthError, *, trusted: bool) -> web.StreamResponse:
    """Send an error to the client. Before sign-in, an unverified client gets no redirect but a page with a link.

    RFC 9700 section 4.11.2: otherwise anybody could register a client, and use this server as an open redirector.
    """
    answer, what = target.refusal(error), f"authorization request of client {target.client.id} refused"
    reference = logged_reference(request, _log, what, f"{error.code}: {masked(error.reason)}")
    if trusted or target.client.verified:
        return send_answer(request, answer)
    message = (
        f"The application {target.client.name} sent a request that cannot be answered: {error.description} "
        f"({error.code})"
    )
    link = {"href": answer.location, "text": f"Return to {display_host(target.redirect_uri)}"}
    return error_page(
        request, title="This request cannot be answered", message=message, status=400, link=link, reference=reference
    )


def _consent_page(
    request: web.Request, asking: _Asking, asked: AuthorizationRequest, person: SignedIn, granted: list[str]
) -> web.StreamResponse:
    decider = request.app[DECIDER]
    to_this_computer = not asked.target.redirect_uri.startswith("https://")
    return consent_page(
        request,
        "consent.html",
        person,
        asked.target.client,
        scope=asked.scope,
        resource=asked.resource,
        sealed=seal_request(decider.seal, asked, session=person.session.digest, sources=decider.sources),
        back=_back(request, asking, asked, person),
        granted=granted,
        proven=reaches_nobody_else(asked.target),
        leads_away=True,
        redirect_host=display_host(asked.target.redirect_uri),
        redirect_uri=asked.target.redirect_uri,
        to_this_computer=to_this_computer,
    )


def routes() -> list[web.AbstractRouteDef]:
    return [web.get("/authorize", authorize), web.post("/authorize", authorize)]
