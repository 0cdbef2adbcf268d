"""The authorization response: a redirect, or a form that posts itself (OAuth 2.0 Form Post Response Mode)."""

from aiohttp import web

from ...oauth.authorize import FORM_POST, AuthorizationResponse
from ...oauth.protocol import display_host
from ..pages import render


def send_answer(request: web.Request, answer: AuthorizationResponse) -> web.StreamResponse:
    """303, so that the browser does not send the form on (OAuth 2.1 section 7.5.4); or the page with the form."""
    if answer.mode == FORM_POST:
        return render(
            request,
            "form_post.html",
            {"answer": answer, "host": display_host(answer.redirect_uri)},
            leads_away=True,
            scripts=True,
        )
    return web.Response(status=303, headers={"Location": answer.location})
