"""Dates with a time, and times, as a browser's input with the offset from UTC beside it.

The formats are those of JSON Schema validation 2020-12 section 7.3.1.
"""

import re
from datetime import datetime
from typing import Any

from attrs import frozen

from .field import VALUE, ZONE, Field
from .nodes import LEFT, MOST_CHARACTERS, Left, Part, Reading, shown

UTC = "Z"
DAY, CLOCK = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(?::\d\d)?"
LOCAL = {"datetime": re.compile(f"{DAY}T{CLOCK}"), "time": re.compile(CLOCK)}
"""Values that a browser's input sends and shows, without an offset and with optional seconds (HTML, dates and
times).
"""
OFFSET = re.compile(r"(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z")


def _is_local(kind: str, text: str) -> bool:
    """Whether a browser's input can show the text.

    For any other text the input would be empty and lose what was typed.
    """
    try:
        return bool(
            LOCAL[kind].fullmatch(text) and datetime.fromisoformat(text if kind == "datetime" else f"2000-01-01T{text}")
        )
    except ValueError:
        return False


def _joined(local: str, offset: str) -> str:
    """A date-time or full-time of RFC 3339 section 5.6, which both require seconds and an offset."""
    return local + (":00" if local.count(":") == 1 else "") + offset


@frozen
class Moment(Part):
    """A date with a time, or a time. ``kind`` is datetime or time.

    A value that the browser's input cannot reproduce, such as one with fractions of a second, is shown as text.
    Text that is not in the input's format, such as one with an offset, is read unchanged, so that browsers without
    such an input work too.
    """

    kind: str

    def show(self, pointer: str, reading: Reading) -> Field:
        value = reading.text(VALUE + pointer)
        fits = not value or _is_local(self.kind, value)
        zone = (reading.text(ZONE + pointer).strip() or UTC) if fits else None
        return shown(self.kind, self.about, pointer, reading, value=value, zone=zone)

    def read(self, pointer: str, reading: Reading) -> str | Left:
        text = reading.text(VALUE + pointer)
        local, offset = text.strip(), reading.text(ZONE + pointer).strip().upper() or UTC
        if len(text) > MOST_CHARACTERS:
            return reading.refuse(pointer, f"Enter at most {MOST_CHARACTERS:,} characters.")
        if not local:
            return reading.refuse(pointer, "This field is required.") if self.about.required else LEFT
        if not _is_local(self.kind, local):
            return text
        if not OFFSET.match(offset):
            return reading.refuse(
                pointer,
                f"{offset[:20]} is not an offset from UTC. Enter Z for UTC, or for example +02:00 for two hours ahead "
                "of it.",
            )
        return _joined(local, offset)

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, str):
            return {}
        found = OFFSET.search(value, max(len(value) - 6, 0))
        local, offset = (value[: found.start()], found[0]) if found else (value, "")
        local = local.removesuffix(":00") if local.count(":") == 2 else local
        if _is_local(self.kind, local) and _joined(local, offset) == value:
            return {VALUE + pointer: (local,), ZONE + pointer: (offset,)}
        return {VALUE + pointer: (value,)}
