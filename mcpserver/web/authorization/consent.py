"""POST /consent: the person's decision (OAuth 2.1 section 4.1.2)."""

from aiohttp import web

from ...attribution import attribution_of
from ...oauth.authorize.consent import open_request
from ...oauth.authorize.decision import approve, deny
from ...oauth.protocol.errors import AccessDenied, PageError
from ..http.client_address import clients_for
from ..http.service import SERVICE
from ..pages.browser import require_csrf_form, signed_in
from .authorization_response import send_answer
from .authorize import decider, refuse


async def decide(request: web.Request) -> web.StreamResponse:
    """Back to the client, with a code for what was allowed or with access_denied."""
    service = request.app[SERVICE]
    person = await signed_in(request)
    if person is None:
        raise PageError("You are not signed in", "Start again in the application that sent you here.", status=403)
    form = await require_csrf_form(request)
    now = service.sources.now()
    sealed = str(form.get("request", ""))
    asked = await open_request(service.seal, sealed, clients_for(request), issuer=service.settings.issuer, session=person.session.digest, now=now)
    attribution_of(request).client = asked.target.client.id
    try:
        if form.get("decision") != "allow":
            return send_answer(request, await deny(decider(service, person), asked, AccessDenied("The person did not allow access.")))
        allowed = {str(scope) for scope in form.getall("scope", ())}
        return send_answer(request, await approve(decider(service, person), asked, allowed))
    except AccessDenied as error:
        return refuse(request, asked.target, error, trusted=True)


def routes() -> list[web.AbstractRouteDef]:
    return [web.post("/consent", decide)]
