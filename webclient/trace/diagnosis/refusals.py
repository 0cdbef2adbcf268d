"""The reason for a refused token, from its claims (RFC 9068 section 4; MCP 2026-07-28, token handling)."""

import re

from ...cause_code import CauseCode
from .token_claims import TokenClaims, instant

SIGNATURE = re.compile(r"(?i)signature|jwks|\bkid\b|\bkey\b|algorithm")
"""Words of a server that could not verify the token at all; then its judgement of the claims is unknown."""
CLOCKS = 5
"""Seconds that two clocks may differ before the difference is reported."""
SHOWS_CLAIMS = (CauseCode.TOKEN_LOOP, CauseCode.TOKEN_DROPPED, CauseCode.NO_AUDIENCE)
SHOWN = ("iss", "aud", "scope", "scp", "client_id")


def reason(claims: TokenClaims, url: str, at: float, told: str = "") -> CauseCode:
    """The cause of a refused token with these claims, sent to ``url`` ``at`` epoch seconds.

    ``told`` is the server's own error text.
    """
    if SIGNATURE.search(told):
        return CauseCode.TOKEN_LOOP
    if claims.in_milliseconds:
        return CauseCode.MILLISECONDS
    if claims.expiry is not None and claims.expiry <= at:
        return CauseCode.EXPIRED
    if claims.begins[0] > at + CLOCKS:
        return CauseCode.NOT_YET_VALID
    if claims.members and not claims.audience:
        return CauseCode.NO_AUDIENCE
    return CauseCode.WRONG_AUDIENCE if claims.members and not claims.is_meant_for(url) else CauseCode.TOKEN_LOOP


def evidence(code: CauseCode | None, claims: TokenClaims, url: str, at: float) -> str:
    """The two values that do not match, or the claims to compare; empty when nothing can be shown."""
    if code is CauseCode.MILLISECONDS:
        return f"{claims.listed(claims.in_milliseconds)}."
    if code is CauseCode.EXPIRED:
        return f"Its exp is {instant(claims.number('exp'))}, and it was sent at {instant(at)}."
    if code is CauseCode.NOT_YET_VALID:
        begins, name = claims.begins
        return f"Its {name} is {instant(begins)}, and it was sent at {instant(at)}."
    if code is CauseCode.WRONG_AUDIENCE:
        return f"Its aud is {claims.words('aud')}, and it was sent to {url}."
    told = claims.listed(SHOWN)
    return f"The token has {told}." if code in SHOWS_CLAIMS and told else ""
