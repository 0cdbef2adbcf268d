"""Forms of our own pages, told from those of other sites (ASVS 3.5.1): by a token that only the browser's cookie makes, and by what the browser says."""

import hashlib
import hmac
from collections.abc import Collection

from aiohttp import web

from .. import base64url


def csrf_token(cookie: str) -> str:
    """What the forms of a browser must carry: nobody else can read its cookie, so nobody else can make the token."""
    mac = hmac.new(cookie.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).digest()
    return base64url.encode(mac)


def is_csrf_token(shown: str, cookie: str) -> bool:
    """Whether the token that a form carries belongs to the cookie that came with it."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), csrf_token(cookie).encode("ascii"))


def is_from_here(request: web.Request, origins: Collection[str]) -> bool:
    """By Fetch Metadata and Origin, where a browser sends them. ``null`` is what a strict referrer policy may make of our own origin."""
    site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin", "null")
    return site in ("same-origin", "none") and (origin == "null" or origin in origins)
