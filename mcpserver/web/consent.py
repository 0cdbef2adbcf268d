"""POST /consent: the person's decision (OAuth 2.1 section 4.1.2)."""

from aiohttp import web

from ..oauth.authorization import Lifetimes, approve
from ..oauth.consent import open_request
from ..oauth.errors import AccessDenied, PageError
from .authorize import refuse
from .browser import require_csrf_form, signed_in
from .service import SERVICE


async def decide(request: web.Request) -> web.StreamResponse:
    """Back to the client, with a code for what was allowed or with access_denied."""
    service = request.app[SERVICE]
    person = await signed_in(request)
    if person is None:
        raise PageError("You are not signed in", "Start again in the application that sent you here.", status=403)
    form = await require_csrf_form(request)
    now = service.sources.now()
    sealed = str(form.get("request", ""))
    asked = await open_request(service.seal, sealed, service.clients, issuer=service.settings.issuer, session=person.session.digest, now=now)
    lifetimes = Lifetimes(code=service.settings.code_lifetime, grant=service.settings.grant_lifetime)
    try:
        if form.get("decision") != "allow":
            raise AccessDenied("The person did not allow access.")
        allowed = {str(scope) for scope in form.getall("scope", ())}
        location = await approve(service.store, asked, user_id=person.account.id, allowed=allowed, lifetimes=lifetimes, sources=service.sources)
    except AccessDenied as error:
        return refuse(request, asked.target, error, trusted=True)
    return web.Response(status=303, headers={"Location": location})


def routes() -> list[web.AbstractRouteDef]:
    return [web.post("/consent", decide)]
