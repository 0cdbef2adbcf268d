"""Pages for people: sign-in, account, home, errors, and how pages are rendered.

``browser`` has the session cookie and the CSRF token, ``rendering`` fills templates and sets the content security
policy, ``errors`` turns every exception into a page or into JSON; the others are one page each.

It may import ``accounts``, ``application``, ``oauth.protocol``, ``oauth.resource``, ``processes``, ``store``,
``web.http`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .browser import SignedIn, assume, csrf_token, drop_cookie, require_csrf_form, signed_in, tell_signed_out
from .errors import errors
from .rendering import error_page, logged_reference, render, setup_pages, sign_in_page
from .resource_home import READINESS, Readiness
from .sign_in import another_account, presented
from .static import setup_static

__all__ = [
    "READINESS",
    "Readiness",
    "SignedIn",
    "another_account",
    "assume",
    "csrf_token",
    "drop_cookie",
    "error_page",
    "errors",
    "logged_reference",
    "presented",
    "render",
    "require_csrf_form",
    "setup_pages",
    "setup_static",
    "sign_in_page",
    "signed_in",
    "tell_signed_out",
]
