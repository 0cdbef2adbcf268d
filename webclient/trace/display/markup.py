"""Masked values as HTML and figures, for the templates of the trace."""

from attrs import fields, frozen
from markupsafe import Markup, escape

from ..diagnosis import Step
from ..recording import Secret, Timing, pieces

NARROWEST = 0.5


def chips(text: str) -> Markup:
    """A masked text as HTML, with each secret as an element of its own and everything else escaped."""
    return Markup().join(_piece(piece) for piece in pieces(text))


def _piece(piece: str | Secret) -> Markup:
    return escape(piece) if isinstance(piece, str) else Markup('<span class="secret">{}</span>').format(piece.label)


def name_in(step: Step, mark: str) -> str:
    """The label of a secret in a step."""
    return next((use.label for use in step.secrets if use.mark == mark), "token")


def size(count: int) -> str:
    return f"{count:,} byte{'' if count == 1 else 's'}"


@frozen
class Bar:
    """One phase of a request; ``left`` and ``width`` in percent of the whole."""

    name: str
    milliseconds: float
    left: float
    width: float


def bars(timing: Timing) -> list[Bar]:
    """The phases that happened, in order; empty when nothing was measured."""
    phases = [(each.name, getattr(timing, each.name)) for each in fields(Timing)]
    known = [(name, value) for name, value in phases if value is not None]
    whole = sum(value for _, value in known)
    made: list[Bar] = []
    left = 0.0
    for name, value in known:
        width = max(NARROWEST, value / whole * 100) if whole else 100 / len(known)
        made.append(Bar(name, round(value, 1), round(left, 2), round(width, 2)))
        left += width
    return made
