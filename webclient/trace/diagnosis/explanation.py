"""The explanation of a failed step: its cause, the server's own words, and the values that do not fit."""

from collections.abc import Sequence

from attrs import evolve

from ...cause_code import CauseCode
from ...http import complaint, says_something
from ..causes import CAUSES
from ..recording import FAILED, MCP, Hop
from . import permissions, refusal_reason, refusals
from .decisions import cause_code
from .quoted_error import quoted_in
from .status import judged, unanswered
from .steps import Step
from .token_claims import token_in

TOKENS = frozenset({"token", "access_token"})


def failure_in(steps: Sequence[Step]) -> Step | None:
    """The step to look at first: the one that ended the flow when it failed or was refused, else the last failed step
    that is not optional.
    """
    if not steps:
        return None
    at, hop = judged([step.hop for step in steps])
    step = steps[at]
    if unanswered(hop, [each.hop for each in steps[:at]]) or hop is not step.hop:
        return evolve(explained(evolve(step, hop=hop), steps), hop=evolve(hop, outcome=FAILED))
    return (
        step if step.failed else next((step for step in reversed(steps) if step.failed and not step.hop.optional), None)
    )


def explained(step: Step, steps: Sequence[Step]) -> Step:
    hop, before = step.hop, [each.hop for each in steps[: step.number - 1]]
    code = unanswered(hop, before) or cause_code(hop)
    if code is CauseCode.TOKEN_LOOP and not _fresh(step, steps):
        code = CauseCode.TOKEN_DROPPED
    return evolve(
        step, cause=CAUSES[code] if code else None, quoted=quoted_in(hop), evidence=_evidence(code, hop, steps)
    )


def _evidence(code: CauseCode | None, hop: Hop, steps: Sequence[Step]) -> str:
    if code is CauseCode.NO_RESOURCE_METADATA:
        return _challenged(steps)
    if code in (permissions.LOOP, permissions.NOT_GRANTED):
        return permissions.evidence(hop, [each.hop for each in steps])
    return refusals.evidence(code, token_in(hop), hop.url, hop.at) or refusal_reason.evidence(code, hop)


def _challenged(steps: Sequence[Step]) -> str:
    """The challenge with which the server required a sign-in, when the way to sign in could not be found."""
    asked = next((step.hop for step in reversed(steps) if step.hop.target == MCP and step.hop.status == 401), None)
    if asked is None:
        return ""
    told = next((fact.value for fact in asked.received if fact.name == "WWW-Authenticate"), "")
    shown = (
        f"The 401 response has WWW-Authenticate: {told}" if told else "The 401 response has no WWW-Authenticate header."
    )
    words = complaint(asked.answer.body, asked.answer.kind)
    return f"{shown} It says: {words}" if says_something(words) else shown


def _fresh(step: Step, steps: Sequence[Step]) -> bool:
    """Whether a token in the step was issued in the same run."""
    issued = {use.mark for each in steps[: step.number] for use in each.secrets if use.role == "issued"}
    return any(use.mark in issued and use.kind in TOKENS for use in step.secrets)
