"""The cause of a missing permission, and whether the person can grant it (MCP 2026-07-28, scope challenge handling)."""

from collections.abc import Iterable, Sequence

from ...cause_code import CauseCode
from ...http import parse_challenges
from ..recording import AUTH, CLIENT, YOU, Fact, Hop
from .token_claims import token_in

MISSING, UNNAMED = CauseCode.INSUFFICIENT_SCOPE, CauseCode.SCOPE_UNNAMED
LOOP, NOT_GRANTED = CauseCode.SCOPE_LOOP, CauseCode.SCOPE_NOT_GRANTED


def reason(hop: Hop, before: Sequence[Hop]) -> CauseCode:
    """The cause of a 403 after the hops ``before`` it. MISSING is the only one that a person can resolve."""
    wanted = wanted_in(hop)
    if not wanted:
        return UNNAMED
    if wanted <= granted_in(hop, before):
        return LOOP
    return NOT_GRANTED if wanted <= _asked_for(before) else MISSING


def evidence(hop: Hop, before: Sequence[Hop]) -> str:
    """A sentence with the wanted scopes and those of the token."""
    told = f"The server requires {_listed(wanted_in(hop))}; the token has {_listed(granted_in(hop, before))}."
    asked = _asked_for(before)
    return f"{told} You were asked for {_listed(asked)}." if asked else told


def wanted_in(hop: Hop) -> frozenset[str]:
    lines = [value for name, value in hop.answer.headers if name.lower() == "www-authenticate"]
    return frozenset(scope for challenge in parse_challenges(lines) for scope in challenge.scopes)


def granted_in(hop: Hop, before: Sequence[Hop]) -> frozenset[str]:
    """The scopes of the token: from its claims, else from the token response; when that names none, those requested
    were granted (RFC 6749 section 5.1).
    """
    claims = token_in(hop).members
    if "scope" in claims or "scp" in claims:
        return _scopes([claims.get("scope"), claims.get("scp")])
    answer = next(
        (
            each
            for each in reversed(before)
            if (each.source, each.target) == (CLIENT, AUTH) and _fact(each.received, "access_token")
        ),
        None,
    )
    if answer is None:
        return frozenset()
    told = _fact(answer.received, "scope")
    return _scopes([told]) if told else _asked_for(before)


def _asked_for(before: Sequence[Hop]) -> frozenset[str]:
    return _scopes([_fact(hop.sent, "scope") for hop in before if (hop.source, hop.target) == (YOU, AUTH)])


def _fact(facts: Iterable[Fact], name: str) -> str:
    return next((fact.value for fact in facts if fact.name == name), "")


def _scopes(told: Iterable[object]) -> frozenset[str]:
    return frozenset(
        scope
        for each in told
        for scope in (each if isinstance(each, list) else str(each or "").split())
        if isinstance(scope, str)
    )


def _listed(scopes: Iterable[str]) -> str:
    return " ".join(sorted(scopes)) or "none"
