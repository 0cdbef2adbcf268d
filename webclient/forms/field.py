"""The values that a template needs to show a part of a form."""

from attrs import frozen

VALUE, SIZE, PICK, ZONE = "arg.", "size.", "pick.", "zone."
PREFIXES = (VALUE, SIZE, PICK, ZONE)
"""The prefixes of input names; the rest of a name is a JSON Pointer."""


def joined(pointer: str, name: str | int) -> str:
    """The JSON Pointer (RFC 6901) to a member or an item of the value at ``pointer``."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


@frozen
class Field:
    """A part of a form. ``pointer`` is its position in the value (RFC 6901).

    ``kind`` is an input (text, long, secret, email, url, date, time, datetime, integer, number, choice, many, fixed,
    json) or a container of ``children`` (group, rows, union). ``options`` are pairs of value and label; ``chosen`` are
    the ticked values of many. ``zone`` is the offset from UTC beside a browser's input for a time; None when the time
    is written as text. ``included`` is whether an optional group is part of the value.
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
