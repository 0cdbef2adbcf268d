"""The path of the pages.

With http on loopback it is secret: browsers send cookies to every port of a host (RFC 6265 section 8.5), but by their
path.
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
    """The routes of the pages, below the secret path where there is one; those that ``is_outside`` stay at the top."""
    return [
        route if settings.secure or is_outside(route.path) else evolve(route, path=PATTERN + route.path)
        for route in routes
    ]


def is_outside(path: str) -> bool:
    """Whether a path is reached without the secret: nothing of a person's is there."""
    return path in ("/healthz", "/enter") or path.startswith(("/static/", "/frame/"))


@frozen
class Place:
    """``key`` is the installation's secret, 43 characters; it is of use on http only."""

    settings: Settings
    key: str = field(repr=False)

    @property
    def base(self) -> str:
        """The prefix of every page's path; empty with https, where no other port gets the cookies."""
        return "" if self.settings.secure else f"/k/{self.key}"

    @property
    def url(self) -> str:
        """Of the first page: who has it gets in."""
        return f"{self.settings.origin}{self.base}/"

    @property
    def cookie_path(self) -> str:
        """RFC 6265 section 5.1.4: another port gets the cookie only under this path, which nobody there knows."""
        return self.base or "/"

    @cached_property
    def cookie_name(self) -> str:
        """With http it is as secret as the path: servers on other ports could set one of the same name for all
        paths, which would come before ours.
        """
        return (
            "__Host-webclient"
            if self.settings.secure
            else f"webclient-{hashlib.sha256(b'cookie ' + self.key.encode()).hexdigest()[:16]}"
        )

    @property
    def browser_cookie(self) -> str:
        """Of the cookie by which a browser is known in which somebody signed in."""
        return f"{self.cookie_name}-browser"

    def is_inside(self, request: web.Request) -> bool:
        found = KEY.match(request.path)  # where there is no page, too
        return self.settings.secure or (found is not None and self.fits(found[1]))

    def fits(self, key: str) -> bool:
        return hmac.compare_digest(key.encode("utf-8", "surrogatepass"), self.key.encode())

    def base_of(self, request: web.Request) -> str:
        """The prefix for addresses in the answer; empty for a request from outside the secret path."""
        return self.base if self.is_inside(request) else ""

    def local(self, request: web.Request) -> str:
        """The path and the query, without the secret in front."""
        return KEY.sub("", request.path_qs, count=1) if request.path.startswith("/k/") else request.path_qs


PLACE: web.AppKey[Place] = web.AppKey("place", Place)
