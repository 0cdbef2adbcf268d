"""GET and POST /device, POST /device/decision: where a person enters the code that a device shows, and decides (RFC 8628 section 3.3)."""

from urllib.parse import urlencode

from aiohttp import web

from mcpbase.sign_in.errors import Throttled

from ...oauth.authorize.device_verification import REFUSAL, decide, find_waiting, open_request, seal_request
from ...oauth.authorize.user_codes import read_user_code, shown
from ...oauth.protocol.models import Client, DeviceRequest
from ..http.client_address import clients_for, peer_address
from ..http.service import SERVICE
from ..pages.browser import SignedIn, csrf_token, require_csrf_form, signed_in
from ..pages.rendering import render, sign_in_page
from ..pages.sign_in import another_account
from .authorize import consent_context, elsewhere

PATH = "/device"

_LONGEST = 64
"""Characters of what is typed: a code has eight letters, and a link may hold anything."""


async def show(request: web.Request) -> web.StreamResponse:
    """The field for the code. A code in the address is filled in and nothing more: whoever sent the link may have sent their own."""
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
    service = request.app[SERVICE]
    form = await require_csrf_form(request)
    person = await signed_in(request)
    if person is None:
        return _sign_in(request, "")
    asked, client = await open_request(service.seal, form.get("request", ""), service.store, clients_for(request), session=person.session.digest)
    allowed = set(form.getall("scope", ())) if form.get("decision") == "allow" else set()
    lifetime = service.settings.grant_lifetime
    granted = await decide(service.store, asked, client, session=person.session, allowed=allowed, lifetime=lifetime, sources=service.sources)
    return render(request, "device_decided.html", {"granted": granted, "account": person.account})


async def _find(request: web.Request, code: str, person: SignedIn) -> tuple[DeviceRequest, Client] | None:
    """What waits under the code, and who asks. Raises Throttled.

    A right one forgives no wrong ones: who guesses can make codes of their own.
    """
    service = request.app[SERVICE]
    with service.user_codes.attempt(person.account.id, peer_address(request)) as attempt:
        asked = await find_waiting(service.store, service.seal, code, now=service.sources.now())
        client = None if asked is None else await clients_for(request).find(asked.client_id)
        if asked is None or client is None:
            attempt.confirm()
            return None
        return asked, client


def _sign_in(request: web.Request, typed: str) -> web.Response:
    query = f"?{urlencode({'user_code': typed})}" if typed else ""
    return sign_in_page(request, next=f"{request.app[SERVICE].settings.base}{PATH}{query}")


def _code_page(request: web.Request, person: SignedIn, typed: str, *, compare: bool = False, error: str | None = None, status: int = 200) -> web.Response:
    """``compare``: the code came in a link, so that nobody has read it off a device yet."""
    code = read_user_code(typed)
    context = {"code": typed if code is None else shown(code), "compare": compare, "error": error, "csrf": csrf_token(request), "account": person.account}
    return render(request, "device.html", context, status=status)


async def _consent_page(request: web.Request, asked: DeviceRequest, client: Client, person: SignedIn, code: str) -> web.Response:
    service = request.app[SERVICE]
    granted = await service.store.find_granted_scopes(person.account.id, client.id, asked.resource, now=service.sources.now())
    context = consent_context(service, client, asked.scope, person, granted, proven=False) | {
        "elsewhere": elsewhere(service, asked.resource),
        "code": shown(code),
        "another": None if person.assumed else another_account(request, f"{service.settings.base}{PATH}?{urlencode({'user_code': shown(code)})}"),
        "request": seal_request(service.seal, asked, client, session=person.session.digest),
        "csrf": csrf_token(request),
    }
    return render(request, "device_consent.html", context)


def routes() -> list[web.AbstractRouteDef]:
    return [web.get(PATH, show), web.post(PATH, enter), web.post(f"{PATH}/decision", decided)]
