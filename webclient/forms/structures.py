"""The nodes of a form that contain other nodes."""

from typing import Any

from attrs import frozen

from .field import PICK, SIZE, Field, joined
from .nodes import LEFT, Node, Part, Reading, shown

MOST_ROWS = 100


def rows_of(pointer: str, reading: Reading) -> int:
    text = reading.text(SIZE + pointer)
    return min(int(text), MOST_ROWS) if text.isdecimal() and len(text) < 6 else 0


@frozen
class Group(Part):
    """An object with known properties. An optional one has a checkbox that includes it."""

    members: tuple[tuple[str, Node], ...]

    def _included(self, pointer: str, reading: Reading) -> bool:
        return self.about.required or not pointer or bool(reading.text(PICK + pointer))

    def show(self, pointer: str, reading: Reading) -> Field:
        children = tuple(node.show(joined(pointer, name), reading) for name, node in self.members)
        return shown(
            "group", self.about, pointer, reading, children=children, included=self._included(pointer, reading)
        )

    def read(self, pointer: str, reading: Reading) -> Any:
        if not self._included(pointer, reading):
            return LEFT
        values = {name: node.read(joined(pointer, name), reading) for name, node in self.members}
        return {name: value for name, value in values.items() if value is not LEFT}

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            return {}
        answers: dict[str, tuple[str, ...]] = {PICK + pointer: ("yes",)} if pointer else {}
        for name, node in self.members:
            if name in value:
                answers |= node.fill(joined(pointer, name), value[name])
        return answers


@frozen
class Rows(Part):
    """A list with as many rows as the person adds, at most MOST_ROWS."""

    item: Node

    def show(self, pointer: str, reading: Reading) -> Field:
        children = tuple(
            self.item.show(joined(pointer, number), reading) for number in range(rows_of(pointer, reading))
        )
        return shown("rows", self.about, pointer, reading, children=children, value=str(len(children)))

    def read(self, pointer: str, reading: Reading) -> Any:
        number = rows_of(pointer, reading)
        if not number and not self.about.required:
            return LEFT
        values = [self.item.read(joined(pointer, each), reading) for each in range(number)]
        return [value for value in values if value is not LEFT]

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(value, list):
            return {}
        answers: dict[str, tuple[str, ...]] = {SIZE + pointer: (str(min(len(value), MOST_ROWS)),)}
        for number, each in enumerate(value[:MOST_ROWS]):
            answers |= self.item.fill(joined(pointer, number), each)
        return answers


@frozen
class Union(Part):
    """One of several alternatives (oneOf, anyOf, a list of types).

    ``fits`` returns the index of the alternative that a value belongs to, or None.
    """

    variants: tuple[Node, ...]
    fits: Any

    def _picked(self, pointer: str, reading: Reading) -> Node | None:
        text = reading.text(PICK + pointer)
        number = int(text) if text.isdecimal() and len(text) < 4 else -1
        return self.variants[number] if 0 <= number < len(self.variants) else None

    def show(self, pointer: str, reading: Reading) -> Field:
        options = tuple((str(number), node.about.label) for number, node in enumerate(self.variants))
        node = self._picked(pointer, reading)
        children = (node.show(pointer, reading),) if node else ()
        return shown(
            "union",
            self.about,
            pointer,
            reading,
            options=options,
            value=reading.text(PICK + pointer),
            children=children,
        )

    def read(self, pointer: str, reading: Reading) -> Any:
        node = self._picked(pointer, reading)
        if node is None:
            return reading.refuse(pointer, "Choose one.") if self.about.required else LEFT
        return node.read(pointer, reading)

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        number = self.fits(value)
        return (
            {**self.variants[number].fill(pointer, value), PICK + pointer: (str(number),)} if number is not None else {}
        )
