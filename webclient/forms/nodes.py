"""The nodes of a form that have one value each, and the base of all nodes."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

from attrs import define, evolve, field, frozen

from ..json_text import json_text
from .field import VALUE, Field

MOST_CHARACTERS = 200_000
Answers = Mapping[str, tuple[str, ...]]
"""The submitted values by input name; a multiple choice may have more than one value."""


class BadArguments(ValueError):
    """Arguments that do not fit.

    ``problems`` maps JSON Pointers to one sentence each; the empty pointer is the whole value.
    """

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("Some values are not valid.")
        self.problems = problems


class Left:
    """The type of LEFT, which marks a value that is left out, as distinct from null."""


LEFT = Left()


@frozen
class About:
    """The properties of every node: its label, whether it is required, a description, and a hint about its bounds."""

    label: str
    required: bool
    description: str = ""
    hint: str = ""


@define
class Reading:
    """The answers while they are read, and the problems found, by JSON Pointer."""

    answers: Answers
    problems: dict[str, str] = field(factory=dict)

    def text(self, name: str) -> str:
        given = self.answers.get(name, ())
        return given[0].replace("\r\n", "\n") if given else ""

    def refuse(self, pointer: str, sentence: str) -> Left:
        self.problems.setdefault(pointer, sentence)
        return LEFT


class Node(Protocol):
    """A part of a form, which can be shown, read from answers, and filled from a value."""

    @property
    def about(self) -> About: ...

    def renamed(self, label: str) -> Self: ...

    def show(self, pointer: str, reading: Reading) -> Field: ...

    def read(self, pointer: str, reading: Reading) -> Any:
        """The value, or LEFT when it is left out or does not fit; what does not fit is a problem in ``reading``."""
        ...

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        """The answers that read() would turn into this value; what this node cannot express is left out."""
        ...


def shown(kind: str, about: About, pointer: str, reading: Reading, **more: Any) -> Field:
    return Field(
        pointer,
        about.label,
        kind,
        about.required,
        about.description,
        about.hint,
        problem=reading.problems.get(pointer, ""),
        **more,
    )


def parsed(text: str) -> Any:
    """The value of strict JSON (RFC 8259), without lone surrogates. Raises ValueError with a sentence."""
    try:
        value = json.loads(text, parse_constant=_not_json)
        written(value).encode()
        return value
    except (ValueError, RecursionError):
        raise ValueError("This is not valid JSON.") from None


def _not_json(name: str) -> None:
    raise ValueError(name)


def written(value: Any) -> str:
    return json_text(value)


def _whole(text: str) -> int:
    plain = text.strip()
    if not plain.lstrip("+-").isdecimal() or len(plain) > 40:
        raise ValueError("Enter a whole number.")
    return int(plain)


def _number(text: str) -> Any:
    try:
        value = parsed(text.strip()[:100])
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("Enter a number.")
    return value


READERS: dict[str, Callable[[str], Any]] = {"integer": _whole, "number": _number, "json": parsed}


@frozen
class Part:
    """The base class of all nodes."""

    about: About

    def renamed(self, label: str) -> Self:
        """The same node with another label."""
        return evolve(self, about=evolve(self.about, label=label))


@frozen
class Leaf(Part):
    """A single input: text of some kind, a number, or JSON."""

    kind: str

    def show(self, pointer: str, reading: Reading) -> Field:
        return shown(self.kind, self.about, pointer, reading, value=reading.text(VALUE + pointer))

    def read(self, pointer: str, reading: Reading) -> Any:
        text = reading.text(VALUE + pointer)
        if not text.strip():
            return self._nothing(text, pointer, reading)
        if len(text) > MOST_CHARACTERS:
            return reading.refuse(pointer, f"Enter at most {MOST_CHARACTERS:,} characters.")
        try:
            return READERS.get(self.kind, str)(text)
        except ValueError as error:
            return reading.refuse(pointer, str(error))

    def _nothing(self, text: str, pointer: str, reading: Reading) -> Any:
        if text and self.kind in ("text", "long", "secret"):
            return text
        return reading.refuse(pointer, "This field is required.") if self.about.required else LEFT

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        texts = self.kind not in READERS
        if texts and not isinstance(value, str):
            return {}
        return {VALUE + pointer: (value if texts else json_text(value, indent=2),)}


@frozen
class Choice(Part):
    """A choice of one value. ``options`` are pairs of the value as JSON text and its label."""

    options: tuple[tuple[str, str], ...]

    def show(self, pointer: str, reading: Reading) -> Field:
        return shown("choice", self.about, pointer, reading, options=self.options, value=reading.text(VALUE + pointer))

    def read(self, pointer: str, reading: Reading) -> Any:
        text = reading.text(VALUE + pointer)
        if not text:
            return reading.refuse(pointer, "Choose one.") if self.about.required else LEFT
        return (
            parsed(text) if text in dict(self.options) else reading.refuse(pointer, "Choose one of the offered values.")
        )

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        return {VALUE + pointer: (written(value),)} if written(value) in dict(self.options) else {}


@frozen
class Many(Part):
    """A choice of any number of values, each at most once. ``options`` are as in Choice."""

    options: tuple[tuple[str, str], ...]

    def _ticked(self, pointer: str, reading: Reading) -> tuple[str, ...]:
        given = reading.answers.get(VALUE + pointer, ())
        return tuple(text for text, _ in self.options if text in given)

    def show(self, pointer: str, reading: Reading) -> Field:
        return shown("many", self.about, pointer, reading, options=self.options, chosen=self._ticked(pointer, reading))

    def read(self, pointer: str, reading: Reading) -> Any:
        values = [parsed(text) for text in self._ticked(pointer, reading)]
        return values if values or self.about.required else LEFT

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        return {VALUE + pointer: tuple(map(written, value))} if isinstance(value, list) else {}


@frozen
class Fixed(Part):
    """The only value that is allowed, without an input."""

    value: Any

    def show(self, pointer: str, reading: Reading) -> Field:
        return shown(
            "fixed",
            self.about,
            pointer,
            reading,
            value=self.value if isinstance(self.value, str) else written(self.value),
        )

    def read(self, pointer: str, reading: Reading) -> Any:
        return self.value if self.about.required else LEFT

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        return {}
