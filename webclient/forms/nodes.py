"""The parts of a form that hold one value each."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

from attrs import define, evolve, field, frozen

from ..json_text import json_text
from .field import VALUE, Field

MOST_CHARACTERS = 200_000
Answers = Mapping[str, tuple[str, ...]]
"""Names of inputs and their values, as a form sends them: more than one for a choice of many."""


class BadArguments(ValueError):
    """``problems`` maps JSON Pointers to one sentence each; the empty pointer is the whole."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("Some of the values do not fit.")
        self.problems = problems


class Left:
    """Left out: no value at all, which is not null."""


LEFT = Left()


@frozen
class About:
    """The properties of every part: its label, and whether it may be left out."""

    label: str
    required: bool
    description: str = ""
    hint: str = ""


@define
class Reading:
    """The answers, and what was wrong with them."""

    answers: Answers
    problems: dict[str, str] = field(factory=dict)

    def text(self, name: str) -> str:
        given = self.answers.get(name, ())
        return given[0].replace("\r\n", "\n") if given else ""

    def refuse(self, pointer: str, sentence: str) -> Left:
        self.problems.setdefault(pointer, sentence)
        return LEFT


class Node(Protocol):
    """A part of a form: shown, read, and filled from a value."""

    @property
    def about(self) -> About: ...

    def renamed(self, label: str) -> Self: ...

    def show(self, pointer: str, reading: Reading) -> Field: ...

    def read(self, pointer: str, reading: Reading) -> Any:
        """The value, or LEFT. What does not fit is noted in ``reading`` and LEFT."""
        ...

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        """The answers that give this value back; what cannot be said with this part is not said."""
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
    """Strict JSON (RFC 8259), of characters only. Raises ValueError with a sentence."""
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
        raise ValueError("This must be a whole number.")
    return int(plain)


def _number(text: str) -> Any:
    try:
        value = parsed(text.strip()[:100])
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("This must be a number.")
    return value


READERS: dict[str, Callable[[str], Any]] = {"integer": _whole, "number": _number, "json": parsed}


@frozen
class Part:
    """The base of all nodes."""

    about: About

    def renamed(self, label: str) -> Self:
        """The same part under another name."""
        return evolve(self, about=evolve(self.about, label=label))


@frozen
class Leaf(Part):
    """One input: text of some kind, a number, or JSON."""

    kind: str

    def show(self, pointer: str, reading: Reading) -> Field:
        return shown(self.kind, self.about, pointer, reading, value=reading.text(VALUE + pointer))

    def read(self, pointer: str, reading: Reading) -> Any:
        text = reading.text(VALUE + pointer)
        if not text.strip():
            return self._nothing(text, pointer, reading)
        if len(text) > MOST_CHARACTERS:
            return reading.refuse(pointer, f"This is longer than {MOST_CHARACTERS:,} characters.")
        try:
            return READERS.get(self.kind, str)(text)
        except ValueError as error:
            return reading.refuse(pointer, str(error))

    def _nothing(self, text: str, pointer: str, reading: Reading) -> Any:
        if text and self.kind in ("text", "long", "secret"):
            return text
        return reading.refuse(pointer, "This is needed.") if self.about.required else LEFT

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        texts = self.kind not in READERS
        if texts and not isinstance(value, str):
            return {}
        return {VALUE + pointer: (value if texts else json_text(value, indent=2),)}


@frozen
class Choice(Part):
    """One of several values. ``options`` are JSON texts with labels."""

    options: tuple[tuple[str, str], ...]

    def show(self, pointer: str, reading: Reading) -> Field:
        return shown("choice", self.about, pointer, reading, options=self.options, value=reading.text(VALUE + pointer))

    def read(self, pointer: str, reading: Reading) -> Any:
        text = reading.text(VALUE + pointer)
        if not text:
            return reading.refuse(pointer, "Choose one.") if self.about.required else LEFT
        return (
            parsed(text) if text in dict(self.options) else reading.refuse(pointer, "Choose one of the values offered.")
        )

    def fill(self, pointer: str, value: Any) -> dict[str, tuple[str, ...]]:
        return {VALUE + pointer: (written(value),)} if written(value) in dict(self.options) else {}


@frozen
class Many(Part):
    """Any number of several values, each at most once."""

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
    """The one value that is possible: nothing to fill in."""

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
