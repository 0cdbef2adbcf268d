"""A change: statements that commit together or not at all, each guarded by how many rows it must touch."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Attribute, field, frozen

from .errors import UnstorableValue

Value = str | int | bytes | None
Values = Mapping[str, Value]
Row = Sequence[Any]

LARGEST_INTEGER = 2**63 - 1
LOCK_FOR_SHARE = "/* FOR SHARE */"
"""Ends the SELECT within a change that decides by rows it does not write: until the commit, nobody changes them.

SQLite, where changes come one after another, reads a comment; PostgreSQL, where they run side by side, a lock.
"""
LOCK_FOR_UPDATE = "/* FOR UPDATE */"
"""The same, for changes that must come one after another."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def require_storable(values: Values) -> None:
    """Refuse values that SQLite or PostgreSQL cannot hold, before they reach a transaction that others share.

    Raises ``UnstorableValue`` for lone surrogates and NUL in text and for integers beyond 64 bits.
    """
    for name, value in values.items():
        if isinstance(value, str):
            if "\0" in value or (not value.isascii() and _SURROGATE.search(value)):
                raise UnstorableValue(f"{name} contains a character that cannot be stored")
        elif isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise UnstorableValue(f"{name} is a number beyond 64 bits")


def _storable(_statement: object, _attribute: "Attribute[Values]", values: Values) -> None:
    require_storable(values)


@frozen
class Statement:
    """One SQL statement with ``:name`` placeholders.

    ``rows`` is how many rows it must touch; ``None`` accepts any number.
    """

    sql: str
    values: Values = field(factory=dict, repr=False, validator=_storable)
    rows: int | None = None


Change = Sequence[Statement]
