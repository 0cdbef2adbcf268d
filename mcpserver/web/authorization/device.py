"""GET and POST /device, POST /device/decision: where a person enters the code that a device shows, and decides (RFC
8628 section 3.3).
"""

from urllib.parse import urlencode

from aiohttp import web

from mcpbase.sign_in import Throttle, Throttled

from ...oauth.authorize import (
    REFUSAL,
    decide,
    find_waiting,
    open_device_request,
    read_user_code,
    seal_device_request,
    shown,
)
from ...oauth.protocol import Client, DeviceRequest
from ..http import SITE, STORE, clients_for, peer_address
from ..pages import SignedIn, csrf_token, render, require_csrf_form, sign_in_page, signed_in
from .consent_form import consent_page
from .parts import DECIDER

PATH = "/device"

USER_CODES: web.AppKey[Throttle] = web.AppKey("user_codes", Throttle)
"""Counts guesses at the codes that devices show."""

_LONGEST = 64
"""Characters of input that are used: a code has eight letters."""


async def show(request: web.Request) -> web.StreamResponse:
    """The page with the field for the code.

    A code in the address is filled in but not submitted: the link may come from somebody who wants their own device
    connected.
    """
    typed = request.query.get("user_code", "")[:_LONGEST]
    person = await signed_in(request)
    if person is None:
        return _sign_in(request, typed)
    return _code_page(request, person, typed, compare=bool(typed))


async def enter(request: web.Request) -> web.StreamResponse:
    """Look for the code; show who asks for what."""
    form = await require_csrf_form(request)
    typed, person = form.get("user_code", "")[:_LONGEST], await signed_in(request)
    if person is None:
        return _sign_in(request, typed)
    code = read_user_code(typed)
    try:
        found = None if code is None else await _find(request, code, person)
    except Throttled as error:
        response = _code_page(request, person, typed, error=str(error), status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if code is None or found is None:
        return _code_page(request, person, typed, error=REFUSAL, status=404)
    return await _consent_page(request, *found, person, code)


async def decided(request: web.Request) -> web.StreamResponse:
    """Keep the decision and send the person back to their device."""
    form = await require_csrf_form(request)
    person = await signed_in(request)
    if person is None:
        return _sign_in(request, "")
    decider, store, session = request.app[DECIDER], request.app[STORE], person.session
    sealed, clients = form.get("request", ""), clients_for(request)
    asked, client = await open_device_request(decider.seal, sealed, store, clients, session=session.digest)
    allowed = set(form.getall("scope", ())) if form.get("decision") == "allow" else set()
    granted = await decide(decider, asked, client, session=session, allowed=allowed)
    return render(request, "device_decided.html", {"granted": granted, "account": person.account})


async def _find(request: web.Request, code: str, person: SignedIn) -> tuple[DeviceRequest, Client] | None:
    """The request with this code, and its client. Raises Throttled.

    A right code does not reset the count of wrong ones: an attacker can create right codes of their own.
    """
    decider = request.app[DECIDER]
    with request.app[USER_CODES].attempt(person.account.id, peer_address(request)) as attempt:
        asked = await find_waiting(request.app[STORE], decider.seal, code, now=decider.sources.now())
        client = None if asked is None else await clients_for(request).find(asked.client_id)
        if asked is None or client is None:
            attempt.confirm()
            return None
        return asked, client


def _sign_in(request: web.Request, typed: str) -> web.Response:
    query = f"?{urlencode({'user_code': typed})}" if typed else ""
    return sign_in_page(request, next=f"{request.app[SITE].settings.base}{PATH}{query}")


def _code_page(
    request: web.Request,
    person: SignedIn,
    typed: str,
    *,
    compare: bool = False,
    error: str | None = None,
    status: int = 200,
) -> web.Response:
    """``compare``: the code came in a link, so that the person is asked to compare it with their device."""
    code = read_user_code(typed)
    context = {
        "code": typed if code is None else shown(code),
        "compare": compare,
        "error": error,
        "csrf": csrf_token(request),
        "account": person.account,
    }
    return render(request, "device.html", context, status=status)


async def _consent_page(
    request: web.Request, asked: DeviceRequest, client: Client, person: SignedIn, code: str
) -> web.Response:
    site, seal = request.app[SITE], request.app[DECIDER].seal
    granted = await request.app[STORE].find_granted_scopes(
        person.account.id, client.id, asked.resource, now=site.sources.now()
    )
    return consent_page(
        request,
        "device_consent.html",
        person,
        client,
        scope=asked.scope,
        resource=asked.resource,
        sealed=seal_device_request(seal, asked, client, session=person.session.digest),
        back=f"{site.settings.base}{PATH}?{urlencode({'user_code': shown(code)})}",
        granted=granted,
        code=shown(code),
    )


def routes() -> list[web.AbstractRouteDef]:
    return [web.get(PATH, show), web.post(PATH, enter), web.post(f"{PATH}/decision", decided)]
