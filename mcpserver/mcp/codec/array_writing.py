"""Writers of lists, sets and tuples."""

from collections.abc import Sequence
from operator import is_
from typing import Any

import msgspec
from attrs import frozen

from ..types import encode
from .writer import ARRAYS, Write, apply, write_plain


@frozen
class Items:
    """Writes a list or a set.

    ``distinct`` is for sets: elements that are equal once reduced to what is declared are written once.
    """

    item: Write | None
    distinct: bool

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, ARRAYS):
            return write_plain(self, value)
        written = value if self.item is None else [self.item(each) for each in value]
        if all(map(is_, written, value)):
            written = value
        if not self.distinct or isinstance(written, set | frozenset):
            return written
        return [
            msgspec.Raw(each) for each in dict.fromkeys(msgspec.json.encode(each, enc_hook=encode) for each in written)
        ]


@frozen
class Row:
    """Writes a tuple with a type for each position."""

    writers: Sequence[Write | None]

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, ARRAYS):
            return write_plain(self, value)
        if len(value) != len(self.writers):
            return value  # reading the result refuses it
        written = [apply(each, item) for each, item in zip(self.writers, value, strict=True)]
        return value if all(map(is_, written, value)) else written
