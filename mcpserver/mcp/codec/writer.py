"""What a writer is, and what all kinds of writers use."""

from collections.abc import Callable
from typing import Any

import msgspec

from ..types import encode

Write = Callable[[Any], Any]
"""Reduces a value to what its type declares; returns the same object when msgspec writes that correctly."""

ABSENT: Any = object()
"""In place of a field that an object lacks."""

ARRAYS = (list, tuple, set, frozenset)


def apply(write: Write | None, value: Any) -> Any:
    """The written value; the value itself for a type that needs no writer."""
    return value if write is None else write(value)


def write_plain(write: Write, value: Any) -> Any:
    """Write a value of another shape than its type: convert it to builtins, so that undeclared parts are removed.

    A result that is no object or array is the value itself; reading the result refuses what does not fit.
    """
    plain = (
        msgspec.to_builtins(value, enc_hook=encode)
        if not isinstance(value, msgspec.Raw)
        else msgspec.json.decode(value)
    )
    return write(plain) if isinstance(plain, dict | list) else value
