"""Checks of the arguments with which authors declare a server; each error names the declaration and what to write
instead.

The exceptions are those that Python itself would raise (TypeError, ValueError), so that a traceback leads to the
author's line.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar, cast

from attrs import frozen

from .protocol import Annotations, Icon
from .types import name_of

F = TypeVar("F", bound=Callable[..., Any])


@frozen
class Rule:
    """The values that an argument accepts; ``write`` completes "write ..." in the error message."""

    admits: Callable[[Any], bool]
    write: str


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _are(value: object, kind: type) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, kind) for each in value)


def _are_scopes(value: object) -> bool:
    return value is None or (
        isinstance(value, Mapping) and all(isinstance(each, str) for pair in value.items() for each in pair)
    )


_TEXT = Rule(lambda value: isinstance(value, str | None), "a string")
_FLAG = Rule(lambda value: isinstance(value, bool | None), "True or False")
_MAPPING = Rule(lambda value: isinstance(value, Mapping | None), "a dict")
_SECONDS = Rule(lambda value: _is_whole(value, 0), "a whole number of seconds")
_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("name", "title", "description", "mime_type", "instructions", "website_url", "ui"), _TEXT),
    **dict.fromkeys(("read_only", "destructive", "idempotent", "open_world", "public"), _FLAG),
    **dict.fromkeys(("meta", "input_schema", "output_schema", "csp", "permissions"), _MAPPING),
    **dict.fromkeys(("ttl", "list_ttl", "question_lifetime", "task_lifetime"), _SECONDS),
    **dict.fromkeys(("version", "prefix"), Rule(lambda value: isinstance(value, str), "a string")),
    "uri": Rule(lambda value: isinstance(value, str), 'an address, such as "notes://all"'),
    "scope": Rule(
        _TEXT.admits, 'one string of names with a space between them, such as "notes:read" or "notes:read notes:write"'
    ),
    "scopes": Rule(_are_scopes, 'a dict of what each scope allows, such as {"notes:read": "Read your notes"}'),
    "visible": Rule(
        lambda value: value is None or callable(value),
        "a function that takes the User, or None, and gives True or False",
    ),
    "icons": Rule(lambda value: _are(value, Icon), 'a list of icons, such as [Icon("https://example.org/icon.png")]'),
    "annotations": Rule(lambda value: isinstance(value, Annotations | None), "Annotations(...)"),
    "timeout": Rule(lambda value: value is None or _is_duration(value), "a number of seconds above 0"),
    "concurrency": Rule(lambda value: value is None or _is_whole(value, 1), "a whole number from 1 on"),
    "page_size": Rule(lambda value: _is_whole(value, 1), "a whole number from 1 on"),
    "size": Rule(lambda value: value is None or _is_whole(value, 0), "a whole number of bytes"),
    "task": Rule(
        lambda value: isinstance(value, bool) or value in ("later", "required"), 'True, False, "later" or "required"'
    ),
    "unchecked": Rule(
        lambda value: isinstance(value, Collection) and not isinstance(value, str),
        'a list of variables, such as ["path"]',
    ),
}
"""Rules by argument name; a name has the same rule in every declaration."""


def require_details(what: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Check the names and values of arguments. Raises TypeError that says what to write instead."""
    known = list(known)
    for name, value in given.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            advice = f"write {close[0]}=" if close else f"it takes {', '.join(known)}"
            raise TypeError(f"{what} has no argument {name}: {advice}.")
        if name in _RULES and not _RULES[name].admits(value):
            raise TypeError(f"{what}: {name} is {_shown(value)}: write {_RULES[name].write}.")


def checked(what: str, example: str) -> Callable[[F], F]:
    """Decorate a method that authors call, to check its arguments against its signature and the rules above.

    ``what`` names the method in errors and ``example`` shows how to call it. The method raises TypeError for arguments
    that do not fit.
    """

    def decorate(method: F) -> F:
        signature = inspect.signature(method)
        own = [
            name for name, each in signature.parameters.items() if name != "self" and each.kind is not each.VAR_KEYWORD
        ]
        is_open = any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values())

        @wraps(method)
        def call(*args: Any, **details: Any) -> Any:
            require_details(what, {name: value for name, value in details.items() if name in own or not is_open}, own)
            try:
                bound = signature.bind(*args, **details)
            except TypeError as error:
                raise TypeError(f"{what}: {error}. Write {example}.") from None
            given = {name: value for name, value in bound.arguments.items() if name in own}
            absent = next(
                (
                    name
                    for name, value in given.items()
                    if value is None and signature.parameters[name].default is inspect.Parameter.empty
                ),
                None,
            )
            if absent is not None:
                raise TypeError(f"{what}: {absent} is None. Write {example}.")
            require_details(what, given, own)
            return method(*args, **details)

        return cast(F, call)

    return decorate


def require_function(what: str, function: object, example: str) -> None:
    """Raises TypeError for a string (a name or an address) in place of the decorated function."""
    if isinstance(function, str):
        raise TypeError(f"{what} got {function!r} where the function belongs: write {example}.")


@contextmanager
def within(what: str, function: Callable[..., Any]) -> Iterator[None]:
    """Prefix a TypeError or ValueError about a function with the declaration it was raised in, keeping its class."""
    try:
        yield
    except (TypeError, ValueError) as error:
        name = name_of(function)
        told = f"the {what} {name}"
        words = str(error).removeprefix(f"{name}: ")
        raise _same(error, f"{told}: {words}") from error


def _same(error: Exception, words: str) -> Exception:
    """An exception of the same class where its constructor takes one string, else a TypeError or ValueError."""
    try:
        return type(error)(words)
    except TypeError:
        return TypeError(words) if isinstance(error, TypeError) else ValueError(words)


def _shown(value: object) -> str:
    kind = type(value).__name__
    text = repr(value)
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    return f"{shown} ({'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind})"
