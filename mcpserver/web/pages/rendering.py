"""Pages from templates, with their security headers."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from mcpbase.serving import setup_templates

from ...secrets import random_text
from ..http import SITE
from .browser import csrf_token, keep_visitor

_PACKAGE = Path(__file__).parent.parent.parent

CSP = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
"""No script at all, nothing inline, no framing."""
OWN_SCRIPTS = "; script-src 'self'"
"""For the one page that sends itself."""
SAME_ORIGIN_FORMS = f"{CSP}; form-action 'self'"
"""Not for the pages that lead back to a client: browsers hold redirects after a form to it as well."""


def folder(name: str, checkout: str) -> Path:
    """A folder of ours: beside the package when installed, at the top of a checkout otherwise."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / checkout


def static_folder() -> Path:
    return folder("static", "templates/static")


def setup_pages(app: web.Application, more: Path | None = None) -> None:
    """The templates of the service, and those in the folder ``more`` of an application."""
    setup_templates(app, folder("templates", "templates/server"), *(() if more is None else (more,)))


def render(
    request: web.Request,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    leads_away: bool = False,
    scripts: bool = False,
) -> web.Response:
    """A page.

    ``leads_away``: a form on it may end at another site, by way of a redirect or at once. ``scripts``: it has one of
    ours.
    """
    settings = request.app[SITE].settings
    known = {"site": settings.name, "base": settings.base, "account": None, **context}
    response = aiohttp_jinja2.render_template(template, request, known, status=status)
    response.headers["Content-Security-Policy"] = (CSP if leads_away else SAME_ORIGIN_FORMS) + (
        OWN_SCRIPTS if scripts else ""
    )
    response.headers["Cache-Control"] = "no-store"
    keep_visitor(request, response)
    return response


def sign_in_page(
    request: web.Request,
    *,
    next: str,  # noqa: A002
    error: str | None = None,
    login: str = "",
    status: int = 200,
    person: str | None = None,
    stays: bool = False,
    application: Mapping[str, object] | None = None,
) -> web.Response:
    """The sign-in form at the address that needs it; ``next`` is the local address to come back to.

    ``person`` is who is signed in already and is asked once more; ``stays`` lets them go on as they are.
    ``application`` is who asks, where that is known: {"name", "vouched"}, whether the name is more than its own claim.
    """
    base = request.app[SITE].settings.base
    connecting = next.startswith((f"{base}/authorize?", f"{base}/device"))
    asked = {"next": next, "connecting": connecting, "application": application, "person": person, "stays": stays}
    context = {**asked, "error": error, "login": login, "csrf": csrf_token(request)}
    return render(request, "sign_in.html", context, status=status, leads_away=True)


def new_reference(request: web.Request) -> str:
    """A random reference, shown on an error page and written to the log, so that the operator can find the reason."""
    return random_text(request.app[SITE].sources, 9)


def logged_reference(request: web.Request, log: logging.Logger, what: str, reason: str) -> str | None:
    """Put a refusal into the log as a warning, under a new reference for its page; None where the log keeps no
    warnings.
    """
    if not log.isEnabledFor(logging.WARNING):
        return None
    reference = new_reference(request)
    log.warning("%s, reference %s: %s", what, reference, reason)
    return reference


def error_page(
    request: web.Request,
    *,
    title: str,
    message: str,
    status: int,
    link: Mapping[str, str] | None = None,
    reference: str | None = None,
) -> web.Response:
    """A page that says what went wrong, why, and what to do.

    ``link`` is {"href", "text"}; ``reference`` is in the log.
    """
    return render(
        request, "error.html", {"title": title, "message": message, "link": link, "reference": reference}, status=status
    )
