"""Browsers in which a person has signed in before, recognized by a sealed cookie (OWASP: device cookies against
guessing).

The cookie opens nothing. Attempts that come with it are counted for that browser alone, so that guessing by others
keeps nobody out.
"""

import json
from collections.abc import Mapping

from attrs import field, frozen

from ..seal import Seal, SealBroken
from ..sources import Sources

LIFETIME = 180 * 86400
"""Seconds that a cookie lasts after the last sign-in."""
_MOST = 5
"""People who share a browser; the one who was away longest makes room."""
_PURPOSE = "known browser"


@frozen
class KnownBrowser:
    """A browser. ``people`` maps the ids of accounts that signed in there to when they last did, in epoch seconds."""

    id: str = ""
    people: Mapping[str, int] = field(factory=dict)

    def place_of(self, account_id: str) -> str | None:
        """Return the key under which an attempt at the account is counted; None where nobody has signed in to it."""
        return f"{self.id} {account_id}" if account_id in self.people else None


NO_BROWSER = KnownBrowser()


@frozen
class KnownBrowsers:
    """Writes and reads the cookie. Nothing is stored here, so it works in every process and after a restart."""

    seal: Seal
    sources: Sources[int] | Sources[float]

    def read(self, cookie: str | None) -> KnownBrowser:
        """Return the browser with the people whose sign-in is recent; nobody for a cookie that is not ours."""
        try:
            held = json.loads(self.seal.open(cookie or "", purpose=_PURPOSE))
        except SealBroken:
            return NO_BROWSER
        since = self.sources.now() - LIFETIME
        return KnownBrowser(held["id"], {account_id: at for account_id, at in held["people"].items() if at > since})

    def remember(self, browser: KnownBrowser, account_id: str) -> str:
        """Return the cookie after a sign-in."""
        others = {other: at for other, at in browser.people.items() if other != account_id}
        newest = dict(sorted(others.items(), key=lambda each: each[1])[-(_MOST - 1) :])
        held = {"id": browser.id or self.sources.token(), "people": {**newest, account_id: int(self.sources.now())}}
        return self.seal.seal(json.dumps(held).encode(), purpose=_PURPOSE)
