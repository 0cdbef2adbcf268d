"""Answers on their way back to the client: by redirect, or by a form that posts itself (OAuth 2.0 Form Post Response Mode)."""

from aiohttp import web

from ...oauth.authorize.response import FORM_POST, AuthorizationResponse
from ...oauth.protocol.redirects import display_host
from ..pages.rendering import render


def send_answer(request: web.Request, answer: AuthorizationResponse) -> web.StreamResponse:
    """303, so that the browser drops the form it came from (OAuth 2.1 section 7.5.4); or the page with the form, which no cache keeps."""
    if answer.mode == FORM_POST:
        return render(request, "form_post.html", {"answer": answer, "host": display_host(answer.redirect_uri)}, leads_away=True, scripts=True)
    return web.Response(status=303, headers={"Location": answer.location})
