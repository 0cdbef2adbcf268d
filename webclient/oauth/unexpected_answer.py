"""Descriptions of an answer that is not the expected OAuth document."""

from attrs import frozen

from ..cause_code import CauseCode
from ..fetcher import Response
from ..http import complaint, says_something
from .metadata import named


@frozen
class UnexpectedAnswer:
    """A description of an answer. ``words`` continue a sentence that has named the address; ``cause`` is None for a
    plain absence.
    """

    words: str
    cause: CauseCode | None = None


def instead(response: Response) -> UnexpectedAnswer:
    """Describe an answer that is not a usable document."""
    status = response.status
    if status >= 400:
        cause = CauseCode.RATE_LIMITED if status == 429 else CauseCode.SERVER_ERROR if status >= 500 else None
        return UnexpectedAnswer(f"it {('failed and ' if status >= 500 else '')}responds with status {status}", cause)
    if status >= 300:
        return UnexpectedAnswer(
            f"it redirects to {named(response.headers.get('Location', 'another address'))} (status {status})",
            CauseCode.ENDPOINT_REDIRECTS,
        )
    if response.kind == "text/html":
        return UnexpectedAnswer("the response is a web page", CauseCode.HTML)
    if response.json_object() is None and response.kind.endswith("json"):
        return UnexpectedAnswer("the response is not a valid JSON object", CauseCode.NOT_JSON)
    return UnexpectedAnswer(f"the response is {response.kind or 'of an unnamed type'} instead of JSON")


def complaint_of(response: Response) -> str:
    """The server's own message, with the status when it adds information; without a message, a description of the
    answer.
    """
    told = complaint(response.body, response.kind)
    plain = response.succeeded or response.status in (400, 401)
    return (
        f"{told}{'' if plain else f' (status {response.status})'}" if says_something(told) else instead(response).words
    )
