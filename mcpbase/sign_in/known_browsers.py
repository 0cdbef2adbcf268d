"""Browsers in which somebody has signed in before: a sealed cookie says so (OWASP, Slow Down Online Guessing Attacks with Device Cookies).

It opens nothing. An attempt that comes with it is counted for that browser alone, so that others who guess at the same name keep nobody out.
"""

import json
from collections.abc import Mapping

from attrs import field, frozen

from ..seal import Seal, SealBroken
from ..sources import Sources

LIFETIME = 180 * 86400
"""Seconds after the last sign-in."""
_MOST = 5
"""People who share a browser; the one who was away longest makes room."""
_PURPOSE = "known browser"


@frozen
class KnownBrowser:
    """``people`` has the id of each account that signed in there, and when it last did, in epoch seconds."""

    id: str = ""
    people: Mapping[str, int] = field(factory=dict)

    def place_of(self, account_id: str) -> str | None:
        """Under what an attempt at the account is counted; None where nobody has signed in to it."""
        return f"{self.id} {account_id}" if account_id in self.people else None


NO_BROWSER = KnownBrowser()


@frozen
class KnownBrowsers:
    """Writes and reads the cookie; nothing is kept here, so that it is known in every process and after a restart."""

    seal: Seal
    sources: Sources[int] | Sources[float]

    def read(self, cookie: str | None) -> KnownBrowser:
        """With those who signed in there and were not away too long; nobody, when it is not a cookie of ours."""
        try:
            held = json.loads(self.seal.open(cookie or "", purpose=_PURPOSE))
        except SealBroken:
            return NO_BROWSER
        since = self.sources.now() - LIFETIME
        return KnownBrowser(held["id"], {account_id: at for account_id, at in held["people"].items() if at > since})

    def remember(self, browser: KnownBrowser, account_id: str) -> str:
        """The cookie once somebody has signed in."""
        others = {other: at for other, at in browser.people.items() if other != account_id}
        newest = dict(sorted(others.items(), key=lambda each: each[1])[-(_MOST - 1) :])
        held = {"id": browser.id or self.sources.token(), "people": {**newest, account_id: int(self.sources.now())}}
        return self.seal.seal(json.dumps(held).encode(), purpose=_PURPOSE)
