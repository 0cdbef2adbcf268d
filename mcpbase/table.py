"""The columns of a database table, written down once: as the fields of the attrs class whose values are its rows."""

import json
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from attrs import AttrsInstance, fields, frozen

T = TypeVar("T", bound=AttrsInstance)
A = TypeVar("A", bound=AttrsInstance)
B = TypeVar("B", bound=AttrsInstance)


@frozen
class Codec:
    """How a field is kept in a column that cannot hold its value as it is: ``write`` to the column, ``read`` from
    it.
    """

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


BOOLEAN = Codec(int, bool)
JSON = Codec(json.dumps, json.loads)
JSON_TUPLE = Codec(json.dumps, lambda text: tuple(json.loads(text)))


class Table(Generic[T]):
    """The table ``name``, with a column for each field of ``kind``.

    ``renamed`` maps fields to columns of another name; ``codecs`` maps fields to how they are kept. A table may have
    more columns than these.

    ``columns`` lists them for SELECT, with the table's name before each; ``names`` and ``places`` (``:name``) are for
    INSERT, and ``insert`` is the whole of it. ``width`` is how many there are.
    """

    def __init__(
        self,
        name: str,
        kind: type[T],
        *,
        renamed: Mapping[str, str] | None = None,
        codecs: Mapping[str, Codec] | None = None,
    ) -> None:
        members = [field.name for field in fields(kind)]
        self._columns = [(renamed or {}).get(member, member) for member in members]
        self._kind = kind
        self._members = attrgetter(*members)
        self._codecs = [(place, codec) for place, member in enumerate(members) if (codec := (codecs or {}).get(member))]
        self.width = len(members)
        self.names = ", ".join(self._columns)
        self.places = ", ".join(f":{column}" for column in self._columns)
        self.columns = ", ".join(f"{name}.{column}" for column in self._columns)
        self.insert = f"INSERT INTO {name} ({self.names}) VALUES ({self.places})"  # noqa: S608 - constants

    def read(self, row: Sequence[Any]) -> T:
        """Return the value of a row of ``columns``."""
        if self._codecs:
            row = list(row)
            for place, codec in self._codecs:
                row[place] = codec.read(row[place])
        return self._kind(*row)

    def values(self, value: T) -> dict[str, Any]:
        """Return what a value is in the columns, by their names."""
        kept = list(self._members(value))
        for place, codec in self._codecs:
            kept[place] = codec.write(kept[place])
        return dict(zip(self._columns, kept, strict=True))


class Joined(Generic[A, B]):
    """Two tables in one SELECT: ``columns`` of both, and pairs of their values."""

    def __init__(self, left: Table[A], right: Table[B]) -> None:
        self._left, self._right = left, right
        self.columns = f"{left.columns}, {right.columns}"

    def read(self, row: Sequence[Any]) -> tuple[A, B]:
        """Return the values of a row of ``columns``."""
        return self._left.read(row[: self._left.width]), self._right.read(row[self._left.width :])
