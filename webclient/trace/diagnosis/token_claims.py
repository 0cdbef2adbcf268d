"""The claims of the access token in a hop (RFC 9068 section 2.2), none of which has been verified."""

from collections.abc import Iterable
from datetime import UTC, datetime

from attrs import field, frozen

from ...json_text import JsonObject
from ..recording import Hop

MILLISECONDS = 1e11
"""Values above this are milliseconds: epoch seconds stay below it for three thousand years, and milliseconds passed it
in 1973.
"""
TIMES = ("exp", "nbf", "iat")
LONGEST = 300
"""Most characters of one claim that are repeated."""


@frozen
class TokenClaims:
    """Claims by name. Any of them may be missing or of the wrong type; none at all when the token is not a JWT."""

    members: JsonObject = field(factory=dict)

    def number(self, name: str) -> float:
        """The value of a claim; 0 when it is not a number."""
        value = self.members.get(name)
        return value if isinstance(value, int | float) else 0

    @property
    def expiry(self) -> float | None:
        """Epoch seconds; None when ``exp`` is not a number."""
        return self.number("exp") if isinstance(self.members.get("exp"), int | float) else None

    @property
    def in_milliseconds(self) -> list[str]:
        """The names of the times that are milliseconds and should be seconds."""
        return [name for name in TIMES if self.number(name) >= MILLISECONDS]

    @property
    def begins(self) -> tuple[float, str]:
        """The time from which the token is valid (epoch seconds), and the claim that says so."""
        return max((self.number(name), name) for name in ("nbf", "iat"))

    @property
    def audience(self) -> list[str]:
        told = self.members.get("aud")
        return [each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str) and each]

    def is_meant_for(self, url: str) -> bool:
        """Whether the audience covers the address: it is the same, or a parent of it."""
        return any((url.rstrip("/") + "/").startswith(each.rstrip("/") + "/") for each in self.audience)

    def words(self, name: str) -> str:
        """The value of a claim for use in a sentence."""
        value = self.members.get(name)
        text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

    def listed(self, names: Iterable[str]) -> str:
        """The claims of these names that are there, for use in a sentence."""
        return ", ".join(f"{name} = {self.words(name)}" for name in names if name in self.members)


def token_in(hop: Hop) -> TokenClaims:
    """The claims of the access token that was sent; empty when it is not a JWT, or when none was sent."""
    sent = (token for token in hop.tokens.values() if token.header.get("typ") != "dpop+jwt")
    return next((TokenClaims(token.claims) for token in sent), TokenClaims())


def instant(at: float) -> str:
    """A time of a claim, for use in a sentence."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S on %Y-%m-%d} UTC" if 0 <= at < MILLISECONDS else str(at)
