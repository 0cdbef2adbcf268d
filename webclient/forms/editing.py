"""Changes to a form before it is submitted: adding and removing rows, choosing alternatives.

Each change is a submit button, so no script is needed.
"""

from .field import PREFIXES, SIZE, joined
from .nodes import Answers
from .structures import MOST_ROWS

ADD, DROP, SHOW = "add:", "drop:", "show:"


def edited(answers: Answers, change: str) -> Answers | None:
    """The answers after a change: ``add:POINTER``, ``drop:POINTER/ROW`` or ``show:POINTER``.

    Examples are ``add:/tags``, ``drop:/tags/2`` and ``show:/contact``. None when ``change`` is none of these.
    """
    if change.startswith(SHOW):
        return answers
    if change.startswith(ADD):
        pointer = change.removeprefix(ADD)
        return {**answers, SIZE + pointer: (str(min(_size(answers, pointer) + 1, MOST_ROWS)),)}
    if change.startswith(DROP):
        pointer, _, row = change.removeprefix(DROP).rpartition("/")
        return _dropped(answers, pointer, int(row)) if row.isdecimal() and len(row) < 6 else None
    return None


def _size(answers: Answers, pointer: str) -> int:
    text = answers.get(SIZE + pointer, ("0",))[0]
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _dropped(answers: Answers, pointer: str, row: int) -> Answers:
    """The answers without one row; the rows after it move up."""
    kept: dict[str, tuple[str, ...]] = {}
    for name, values in answers.items():
        moved = _moved(name, pointer, row)
        if moved is not None:
            kept[moved] = values
    return {**kept, SIZE + pointer: (str(max(_size(answers, pointer) - 1, 0)),)}


def _moved(name: str, pointer: str, row: int) -> str | None:
    """The name of an input after the row is removed; None for an input of that row."""
    for prefix in PREFIXES:
        inside = name.removeprefix(prefix + pointer + "/")
        if inside != name:
            number, slash, rest = inside.partition("/")
            if not number.isdecimal() or int(number[:6]) < row:
                return name
            return None if int(number[:6]) == row else prefix + joined(pointer, int(number[:6]) - 1) + slash + rest
    return name
