"""The status of a flow: running, waiting for the person, failed, declined or done."""

from collections.abc import Sequence

from attrs import evolve, frozen

from ...cause_code import CauseCode
from ..recording import AUTH, CLIENT, FAILED, INFO, MCP, PENDING, STOPPED, YOU, Hop
from . import permissions
from .decisions import GENERAL, cause_code

RUNNING, WAITING, DONE, DECLINED = "running", "waiting", "done", "declined"


HINT = (
    "If the authorization server shows an error about the redirect URI, this address is not registered for the "
    'client: {back}. If it does not know the client, the registration was lost: choose "Sign in again" under '
    "Settings, and the client registers again."
)


@frozen
class Status:
    """The status of a flow: a state for programs and a sentence for people."""

    state: str
    sentence: str
    hint: str = ""


def unanswered(last: Hop, before: Sequence[Hop]) -> CauseCode | None:
    """The cause of a refusal that nobody can resolve and that ends the flow; None otherwise."""
    code = cause_code(last) if last.outcome == INFO else None
    if code is permissions.MISSING:
        code = permissions.reason(last, before)
    return None if code is permissions.MISSING else code


def decisive(hops: Sequence[Hop]) -> int:
    """The index of the hop that decides the status: the one in progress, else the one that ended last.

    Optional hops count only when there is no other.
    """
    leading = [at for at, hop in enumerate(hops) if not hop.optional] or list(range(len(hops)))
    return max(leading, key=lambda at: (hops[at].outcome == PENDING, hops[at].ended or hops[at].at, at))


def judged(hops: Sequence[Hop]) -> tuple[int, Hop]:
    """The index of the hop that decides the status, and the hop.

    A refused refresh counts instead of the 401 that followed it. When the last way that was tried failed too, the hop
    whose fallback it was counts, with the server's answer to it, and is marked as failed.
    """
    last = decisive(hops)
    refused = _refused_refresh(hops, last)
    if refused is not None:
        return refused, hops[refused]
    before = next((at for at in range(last - 1, -1, -1) if hops[at].fallback), None)
    if (
        before is None
        or hops[last].outcome != FAILED
        or hops[last].rule != hops[before].fallback
        or hops[last].cause not in GENERAL
    ):
        return last, hops[last]
    return before, evolve(hops[before], outcome=FAILED, fallback="")


def _refused_refresh(hops: Sequence[Hop], last: int) -> int | None:
    """The index of a refused refresh that explains the 401 at ``last``, since the old token was used regardless; None
    otherwise.
    """
    if hops[last].target != MCP or hops[last].status != 401:
        return None
    at = next((at for at in range(last - 1, -1, -1) if hops[at].target == AUTH and hops[at].source == CLIENT), None)
    if at is None or hops[at].outcome != FAILED:
        return None
    return at if any(fact.name == "grant_type" and fact.value == "refresh_token" for fact in hops[at].sent) else None


def status_of(hops: Sequence[Hop]) -> Status:
    if not hops:
        return Status(DONE, "Nothing has happened yet.")
    at, last = judged(hops)
    if last.outcome == PENDING:
        return Status(RUNNING, f"{last.title} …")
    if last.outcome == STOPPED:
        return Status(FAILED, "The flow was stopped before it was finished.")
    if last.outcome == FAILED or unanswered(last, hops[:at]):
        return Status(FAILED, last.meaning)
    return _waiting(last) or Status(DONE, last.told or last.title)


def _waiting(last: Hop) -> Status | None:
    if last.source == YOU and last.target == AUTH:
        back = next((fact.value for fact in last.sent if fact.name == "redirect_uri"), "")
        return Status(
            WAITING,
            "You are at the authorization server. The flow continues when you come back.",
            HINT.format(back=back) if back else "",
        )
    if last.cause is CauseCode.DENIED:
        return Status(DECLINED, last.meaning)
    if last.outcome == INFO and last.status == 401:
        return Status(WAITING, "The server requires you to sign in first.")
    if last.outcome == INFO and last.status == 403:
        return Status(WAITING, "A permission is missing. The flow continues when you grant it.")
    return None
