"""Completion of the arguments of prompts and resource templates (MCP 2026-07-28, utilities: completion)."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from attrs import Factory, define

from ..interaction import Context
from ..protocol import Completion
from ..types import shown_name
from .functions import Function

LIMIT = 100
"""Maximum number of values in one answer."""


def _anything(argument: str, value: str) -> bool:
    return True


@define(eq=False)
class Completions:
    """Completion by argument: with the author's function, else from the choices (Literal or Enum) of its type."""

    choices: dict[str, Sequence[str]] = Factory(dict)
    functions: dict[str, Function] = Factory(dict)
    admits: Callable[[str, str], bool] = _anything
    """Whether an argument may have a value; a value that the URI template would refuse is not completed."""

    @classmethod
    def of(cls, function: Function, admits: Callable[[str, str], bool] = _anything) -> "Completions":
        return cls(
            {shown_name(*each): values for each in function.sent if (values := _choices(each[1]))}, admits=admits
        )

    async def complete(self, argument: str, value: str, others: Mapping[str, str], context: Context) -> Completion:
        """A completion object: at most LIMIT values, the total number of matches, and whether there are more."""
        known = all(self.admits(name, each) for name, each in {**others, argument: value}.items())
        found = await self._found(argument, value, others, context) if known else []
        return {"values": found[:LIMIT], "total": len(found), "hasMore": len(found) > LIMIT}

    async def _found(self, argument: str, value: str, others: Mapping[str, str], context: Context) -> list[str]:
        if argument not in self.functions:
            return _ranked(self.choices.get(argument, ()), value)
        function = self.functions[argument]
        possible: dict[str, Any] = {"value": value, "others": dict(others)}
        given = {name: possible[name] for name, _, _ in function.sent if name in possible}
        return [str(each) for each in await function(given, context)]


def _ranked(choices: Sequence[str], value: str) -> list[str]:
    """The choices that begin with the typed value, then those that contain it, ignoring case."""
    typed = value.casefold()
    begin = [each for each in choices if each.casefold().startswith(typed)]
    return begin + [each for each in choices if typed in each.casefold() and each not in begin]


def _choices(kind: Any) -> Sequence[str]:
    if get_origin(kind) is Literal:
        return [str(value) for value in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(member.value) for member in kind]
    return [choice for part in get_args(kind) for choice in _choices(part)]
