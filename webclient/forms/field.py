"""The values that a template needs to show one part of a form."""

from attrs import frozen

VALUE, SIZE, PICK, ZONE = "arg.", "size.", "pick.", "zone."
PREFIXES = (VALUE, SIZE, PICK, ZONE)
"""Of the names of inputs; what follows is the pointer."""


def joined(pointer: str, name: str | int) -> str:
    """RFC 6901: the pointer to a member or an item."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


@frozen
class Field:
    """One part of a form. ``pointer`` says where in the value it stands (RFC 6901).

    ``kind`` is an input (text, long, secret, email, url, date, time, datetime, integer, number, choice, many, fixed,
    json) or holds ``children``: group, rows, union. ``options`` are texts with their labels; ``chosen`` are those
    ticked of many. ``zone`` is the offset from UTC beside a time that was chosen in the browser's own field; None
    beside one that is written out as text.
    """

    pointer: str
    label: str
    kind: str
    required: bool
    description: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    zone: str | None = None
    chosen: tuple[str, ...] = ()
    included: bool = True
    problem: str = ""
    children: tuple["Field", ...] = ()

    @property
    def input(self) -> str:
        return VALUE + self.pointer

    @property
    def size(self) -> str:
        return SIZE + self.pointer

    @property
    def zone_input(self) -> str:
        return ZONE + self.pointer

    @property
    def pick(self) -> str:
        return PICK + self.pointer
