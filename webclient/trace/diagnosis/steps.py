"""A hop as one step of a run, with its explanation."""

from attrs import frozen

from ..causes import Cause
from ..recording import CLIENT, FAILED, OK, Chapter, Hop


@frozen
class SecretUse:
    """A secret in a step. ``kind`` is the kind of secret, ``role`` its use in the step: first sent, issued or used."""

    mark: str
    label: str
    role: str
    kind: str = ""


@frozen
class Step:
    """A hop with its number in the run, from 1, and its explanation.

    ``label`` is the text on the arrow; ``opens`` is the chapter that begins with the step, None when the chapter
    continues, with its ``heading`` and its explanation ``about``.

    For a failure, ``quoted`` is the other side's own error text, and ``evidence`` the values that do not match.
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
        """The text on the return arrow."""
        if self.hop.status is not None:
            return str(self.hop.status)
        return "answered" if self.hop.outcome == OK else "no answer"

    @property
    def shape(self) -> str:
        """across: an arrow there and one back; away: one there only; within: inside one party."""
        if self.hop.source == self.hop.target:
            return "within"
        return "across" if self.hop.source == CLIENT else "away"
