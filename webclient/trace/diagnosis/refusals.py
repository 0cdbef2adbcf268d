"""The reason for a refused token, from its claims (RFC 9068 section 4; MCP 2026-07-28, token handling)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ...cause_code import CauseCode
from ..recording import Hop

SIGNATURE = re.compile(r"(?i)signature|jwks|\bkid\b|\bkey\b|algorithm")
"""Words of a server that could not verify the token at all; then its judgement of the claims is unknown."""
MILLISECONDS = 1e11
"""Values above this are milliseconds: epoch seconds stay below it for three thousand years, and milliseconds passed it
in 1973.
"""
CLOCKS = 5
"""Seconds that two clocks may differ before the difference is reported."""
SHOWS_CLAIMS = (CauseCode.TOKEN_LOOP, CauseCode.TOKEN_DROPPED, CauseCode.NO_AUDIENCE)
TIMES = ("exp", "nbf", "iat")
LONGEST = 300
"""Most characters of one claim that are repeated."""


def token_in(hop: Hop) -> dict[str, Any]:
    """The claims of the access token that was sent; empty when it is not a JWT, or when none was sent."""
    return next((token["claims"] for token in hop.tokens.values() if token["header"].get("typ") != "dpop+jwt"), {})


def reason(claims: dict[str, Any], url: str, at: float, told: str = "") -> CauseCode:
    """The cause of a refused token with these claims, sent to ``url`` ``at`` epoch seconds.

    ``told`` is the server's own error text.
    """
    if SIGNATURE.search(told):
        return CauseCode.TOKEN_LOOP
    if any(_number(claims, name) >= MILLISECONDS for name in TIMES):
        return CauseCode.MILLISECONDS
    if isinstance(claims.get("exp"), int | float) and claims["exp"] <= at:
        return CauseCode.EXPIRED
    if max(_number(claims, "nbf"), _number(claims, "iat")) > at + CLOCKS:
        return CauseCode.NOT_YET_VALID
    if claims and not _audience(claims):
        return CauseCode.NO_AUDIENCE
    return CauseCode.WRONG_AUDIENCE if claims and not _meant_for(claims, url) else CauseCode.TOKEN_LOOP


def evidence(code: CauseCode | None, claims: dict[str, Any], url: str, at: float) -> str:
    """The two values that do not match, or the claims to compare; empty when nothing can be shown."""
    if code is CauseCode.MILLISECONDS:
        return f"{_listed(claims, [name for name in TIMES if _number(claims, name) >= MILLISECONDS])}."
    if code is CauseCode.EXPIRED:
        return f"Its exp is {_instant(_number(claims, 'exp'))}, and it was sent at {_instant(at)}."
    if code is CauseCode.NOT_YET_VALID:
        name = max(("nbf", "iat"), key=lambda each: _number(claims, each))
        return f"Its {name} is {_instant(_number(claims, name))}, and it was sent at {_instant(at)}."
    if code is CauseCode.WRONG_AUDIENCE:
        return f"Its aud is {_words(claims.get('aud'))}, and it was sent to {url}."
    told = [name for name in ("iss", "aud", "scope", "scp", "client_id") if name in claims]
    return f"The token has {_listed(claims, told)}." if code in SHOWS_CLAIMS and told else ""


def _listed(claims: dict[str, Any], names: Sequence[str]) -> str:
    return ", ".join(f"{name} = {_words(claims[name])}" for name in names)


def _words(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _number(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    return value if isinstance(value, int | float) else 0


def _instant(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S on %Y-%m-%d} UTC" if 0 <= at < MILLISECONDS else str(at)


def _audience(claims: dict[str, Any]) -> list[str]:
    told = claims.get("aud")
    return [each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str) and each]


def _meant_for(claims: dict[str, Any], url: str) -> bool:
    """Whether the audience covers the address: it is the same, or a parent of it."""
    return any((url.rstrip("/") + "/").startswith(each.rstrip("/") + "/") for each in _audience(claims))
