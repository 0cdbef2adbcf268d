"""WWW-Authenticate challenges (RFC 9110 section 11.6.1, grammar of section 11.4)."""

import re
from collections.abc import Iterable

from ..errors import Challenge

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
PART = re.compile(
    rf"""[\s,]*(?:
        (?P<name>{TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{TOKEN}))(?=\s*(?:,|$))
      | (?P<scheme>{TOKEN})(?:[ ]+(?P<token68>[A-Za-z0-9\-._~+/]+=*)(?=\s*(?:,|$)))?(?=\s|,|$)
    )""",
    re.VERBOSE,
)
MOST_PARTS = 500
"""Maximum number of schemes and parameters read from one header."""


def _parts(header: str) -> Iterable[re.Match[str]]:
    """The grammar's matches from the start of the header. Stops at the first text that does not match, so that junk
    never becomes a parameter.
    """
    at = count = 0
    while at < len(header) and count < MOST_PARTS and (found := PART.match(header, at)) and found.end() > at:
        yield found
        at, count = found.end(), count + 1


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Every challenge of every WWW-Authenticate header line, in order. A repeated parameter keeps its first value."""
    challenges: list[Challenge] = []
    for header in headers:
        for part in _parts(header):
            if part["scheme"]:
                challenges.append(Challenge(part["scheme"].lower(), {}))
            elif challenges:
                value = part["plain"] if part["quoted"] is None else re.sub(r"\\(.)", r"\1", part["quoted"])
                challenges[-1].parameters.setdefault(part["name"].lower(), value)
    return challenges
