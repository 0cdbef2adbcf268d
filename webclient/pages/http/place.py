"""The path below which the pages are served.

With http on loopback it is secret: browsers send a cookie to every port of its host (RFC 6265 section 8.5), but only
below the cookie's path.
"""

import hashlib
import hmac
import re
from functools import cached_property

from aiohttp import web
from attrs import evolve, field, frozen

from ...settings import Settings

KEY = re.compile(r"/k/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")
PATTERN = "/k/{key:[A-Za-z0-9_-]{43}}"


def placed(settings: Settings, routes: list[web.RouteDef]) -> list[web.RouteDef]:
    """The routes, moved below the secret path with http; those that ``is_outside`` keep their path."""
    return [
        route if settings.secure or is_outside(route.path) else evolve(route, path=PATTERN + route.path)
        for route in routes
    ]


def is_outside(path: str) -> bool:
    """Whether a path is served without the secret; no page of a person is there."""
    return path in ("/healthz", "/enter") or path.startswith(("/static/", "/frame/"))


@frozen
class Place:
    """The location of the pages. ``key`` is the installation's secret, 43 characters, used with http only."""

    settings: Settings
    key: str = field(repr=False)

    @property
    def base(self) -> str:
        """The prefix of every page's path; empty with https, where other ports do not receive the cookies."""
        return "" if self.settings.secure else f"/k/{self.key}"

    @property
    def url(self) -> str:
        """The full address of the first page. With http it contains the secret, so it gives access."""
        return f"{self.settings.origin}{self.base}/"

    @property
    def cookie_path(self) -> str:
        """The Path of the cookies (RFC 6265 section 5.1.4): a server on another port would have to know the secret."""
        return self.base or "/"

    @cached_property
    def cookie_name(self) -> str:
        """The name of the session cookie.

        With http it is derived from the secret, so that a server on another port cannot set a cookie of the same name
        for all paths, which would take precedence.
        """
        return (
            "__Host-webclient"
            if self.settings.secure
            else f"webclient-{hashlib.sha256(b'cookie ' + self.key.encode()).hexdigest()[:16]}"
        )

    @property
    def browser_cookie(self) -> str:
        """The name of the cookie that recognizes a browser in which somebody signed in before."""
        return f"{self.cookie_name}-browser"

    def is_inside(self, request: web.Request) -> bool:
        found = KEY.match(request.path)  # also for paths without a page
        return self.settings.secure or (found is not None and self.fits(found[1]))

    def fits(self, key: str) -> bool:
        return hmac.compare_digest(key.encode("utf-8", "surrogatepass"), self.key.encode())

    def base_of(self, request: web.Request) -> str:
        """The prefix for addresses in the response; empty for a request outside the secret path."""
        return self.base if self.is_inside(request) else ""

    def local(self, request: web.Request) -> str:
        """The path and query of a request, without the prefix of the secret path."""
        return KEY.sub("", request.path_qs, count=1) if request.path.startswith("/k/") else request.path_qs


PLACE: web.AppKey[Place] = web.AppKey("place", Place)
