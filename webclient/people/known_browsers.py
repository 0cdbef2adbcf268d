"""Browsers in which somebody has signed in before: a sealed cookie says so (OWASP, Slow Down Online Guessing Attacks with Device Cookies)."""

from collections.abc import Mapping

from attrs import field, frozen

from ..sources import Sources
from ..vault import Vault

LASTS = 180 * 86400
"""Seconds after the last sign-in."""
MOST_PEOPLE = 5
PURPOSE = "known browser"


@frozen
class KnownBrowser:
    """``people`` has the id of each who signed in there, and when, in epoch seconds. It opens nothing: their attempts are counted for it alone."""

    id: str = ""
    people: Mapping[str, int] = field(factory=dict)

    def place_of(self, person_id: str) -> str | None:
        """Under what their attempts are counted; None where they have not signed in."""
        return f"{self.id} {person_id}" if person_id in self.people else None


NO_BROWSER = KnownBrowser()


@frozen
class KnownBrowsers:
    """Reads and writes the cookie; nothing of it is kept here."""

    vault: Vault
    sources: Sources

    def read(self, cookie: str) -> KnownBrowser:
        held = self.vault.open(PURPOSE, cookie) if cookie else None
        if held is None:
            return NO_BROWSER
        since = self.sources.now() - LASTS
        return KnownBrowser(held["id"], {person: at for person, at in held["people"].items() if at > since})

    def remember(self, browser: KnownBrowser, person_id: str) -> str:
        """The cookie once somebody has signed in; of many the one who was away longest makes room."""
        others = sorted((at, other) for other, at in browser.people.items() if other != person_id)
        people = {other: at for at, other in others[-(MOST_PEOPLE - 1) :]} | {person_id: int(self.sources.now())}
        return self.vault.seal(PURPOSE, {"id": browser.id or self.sources.token(), "people": people})
