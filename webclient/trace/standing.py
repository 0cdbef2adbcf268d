"""Where a flow stands: under way, waiting for the person, failed, or done."""

from collections.abc import Sequence

from attrs import frozen

from .diagnosis import cause_code
from .hops import AUTH, FAILED, INFO, PENDING, STOPPED, YOU, Hop

RUNNING, WAITING, DONE = "running", "waiting", "done"


@frozen
class Standing:
    """Where a flow stands, in a word for machines and a sentence for people."""

    state: str
    sentence: str
    hint: str = ""


def unanswered(last: Hop) -> str:
    """A refusal nobody could do anything about: the flow ends with it."""
    code = cause_code(last) if last.outcome == INFO else ""
    return code if code and code != "insufficient_scope" else ""


def standing_of(hops: Sequence[Hop]) -> Standing:
    if not hops:
        return Standing(DONE, "Nothing has happened yet.")
    last = hops[-1]
    if last.outcome == PENDING:
        return Standing(RUNNING, f"Under way: {last.title}")
    if last.outcome == STOPPED:
        return Standing(FAILED, "It was stopped before it was finished.")
    if last.outcome == FAILED or unanswered(last):
        return Standing(FAILED, last.meaning)
    return _waiting(last) or Standing(DONE, last.meaning or last.title)


def _waiting(last: Hop) -> Standing | None:
    if last.source == YOU and last.target == AUTH:
        back = next((fact.value for fact in last.sent if fact.name == "redirect_uri"), "")
        return Standing(
            WAITING,
            "You are at the authorization server. The flow goes on when you come back.",
            f"An error page there that mentions the redirect URI means that this address is not registered for the client: {back}" if back else "",
        )
    if last.outcome == INFO and last.status == 401:
        return Standing(WAITING, "The server wants you to sign in first.")
    if last.outcome == INFO and last.status == 403:
        return Standing(WAITING, "A permission is missing. It goes on when you grant it.")
    return None
