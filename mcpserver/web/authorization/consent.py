"""POST /consent: the person's decision (OAuth 2.1 section 4.1.2)."""

from aiohttp import web

from ...attribution import attribution_of
from ...oauth.authorize import approve, deny, open_request
from ...oauth.protocol import AccessDenied, PageError
from ..http import SITE, clients_for
from ..pages import require_csrf_form, signed_in
from .authorization_response import send_answer
from .authorize import refuse
from .parts import DECIDER


async def decide(request: web.Request) -> web.StreamResponse:
    """Redirect to the client, with a code for what was allowed or with access_denied."""
    decider, issuer = request.app[DECIDER], request.app[SITE].settings.issuer
    person = await signed_in(request)
    if person is None:
        raise PageError("You are not signed in", "Start again in the application that sent you here.", status=403)
    form = await require_csrf_form(request)
    now, session = decider.sources.now(), person.session
    sealed = str(form.get("request", ""))
    asked = await open_request(
        decider.seal, sealed, clients_for(request), issuer=issuer, session=session.digest, now=now
    )
    attribution_of(request).client = asked.target.client.id
    try:
        if form.get("decision") != "allow":
            error = AccessDenied("The person did not allow access.")
            return send_answer(request, await deny(decider, asked, error, session=session))
        allowed = {str(scope) for scope in form.getall("scope", ())}
        return send_answer(request, await approve(decider, asked, allowed, session=session))
    except AccessDenied as error:
        return refuse(request, asked.target, error, trusted=True)


def routes() -> list[web.AbstractRouteDef]:
    return [web.post("/consent", decide)]
