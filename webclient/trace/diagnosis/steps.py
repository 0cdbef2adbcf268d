"""A hop as one step of a run, with its explanation."""

from attrs import frozen

from ..causes import Cause
from ..recording import CLIENT, FAILED, OK, Chapter, Hop


@frozen
class SecretUse:
    """A secret in a step. ``kind`` says what it is, ``role`` what happens to it there: first sent, issued or used."""

    mark: str
    label: str
    role: str
    kind: str = ""


@frozen
class Step:
    """A hop with its number in the run, from 1, and what is said about it. ``label`` stands on the arrow;
    ``opens`` is the chapter that begins with it, None when it goes on, with its ``heading`` and what it is ``about``.

    Of a failure, ``quoted`` are the other side's own words, and ``evidence`` the values that do not fit.
    """

    number: int
    hop: Hop
    label: str
    opens: Chapter | None = None
    heading: str = ""
    about: str = ""
    cause: Cause | None = None
    quoted: str = ""
    evidence: str = ""
    secrets: tuple[SecretUse, ...] = ()
    faded: bool = False

    @property
    def failed(self) -> bool:
        return self.hop.outcome == FAILED

    @property
    def answer(self) -> str:
        """The text on the arrow back."""
        if self.hop.status is not None:
            return str(self.hop.status)
        return "answered" if self.hop.outcome == OK else "no answer"

    @property
    def shape(self) -> str:
        """across: an arrow there and one back; away: there only; within: inside one party."""
        if self.hop.source == self.hop.target:
            return "within"
        return "across" if self.hop.source == CLIENT else "away"
