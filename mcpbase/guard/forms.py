"""Protection against forms of other sites (ASVS 3.5.1): a token bound to the browser's cookie, and what the browser
says.
"""

import hashlib
import hmac
from collections.abc import Collection

from aiohttp import web

from .. import base64url


def csrf_token(cookie: str) -> str:
    """Return the token that forms of a browser must carry. Other sites cannot read the cookie, so they cannot
    make it.
    """
    mac = hmac.new(cookie.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).digest()
    return base64url.encode(mac)


def is_csrf_token(shown: str, cookie: str) -> bool:
    """Return whether the token of a form belongs to the cookie that came with it."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), csrf_token(cookie).encode("ascii"))


def is_from_here(request: web.Request, origins: Collection[str]) -> bool:
    """Return whether Fetch Metadata and Origin, where a browser sends them, name this site.

    ``null`` is what a strict referrer policy may turn the own origin into.
    """
    site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin", "null")
    return site in ("same-origin", "none") and (origin == "null" or origin in origins)
