"""Checks and conversions of values for JSON, mainly of numbers."""

import json
from math import inf, isfinite
from operator import is_
from typing import Any

import msgspec

from .pydantic_kinds import encode

# RFC 8259 section 6: integers beyond this are not interoperable between implementations.
LARGEST_EXACT = 2**53 - 1

_LOOKED_INTO = frozenset({float, list, dict})
_FINITE = json.JSONEncoder(allow_nan=False, check_circular=False)


def with_whole_numbers(value: Any) -> Any:
    """The value with integral floats replaced by ints (42.0 by 42), or the same object when it has none (JSON Schema
    2020-12 core, section 4.2.3).
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= LARGEST_EXACT else value
    if not isinstance(value, list | dict):
        return value
    members = value if isinstance(value, list) else value.values()
    if _LOOKED_INTO.isdisjoint(map(type, members)):  # the usual case, and the fast one
        return value
    changed = [with_whole_numbers(each) for each in members]
    if all(map(is_, changed, members)):
        return value
    return changed if isinstance(value, list) else dict(zip(value, changed, strict=True))


def write_json(value: Any) -> bytes:
    """Encode a value as JSON.

    Raises TypeError for what JSON cannot represent: NaN and infinities, lone surrogates, values that contain
    themselves, unsupported types.
    """
    try:
        encoded = msgspec.json.encode(value, enc_hook=encode)
        # msgspec writes null for NaN and the infinities, which RFC 8259 section 6 does not have.
        infinite = b"null" in encoded and _has_infinite(value)
    except UnicodeEncodeError as error:
        raise TypeError("the value has a lone surrogate in a string, which JSON cannot carry") from error
    except (RecursionError, OverflowError) as error:
        raise TypeError(f"the value cannot be written as JSON: {error}") from error
    if infinite:
        raise TypeError("the value has a number that is not finite (NaN or an infinity), which JSON cannot carry")
    return encoded


def finite(name: str, value: Any) -> float:
    """The value as a JSON number: an int of at most LARGEST_EXACT unchanged, any other number as the nearest float.

    Raises TypeError for booleans, strings and bytes, ValueError for NaN and infinities.
    """
    if isinstance(value, bool | str | bytes | bytearray):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if isinstance(value, int) and abs(value) <= LARGEST_EXACT:
        return value
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise ValueError(f"{name} must be a finite number: JSON cannot carry NaN and the infinities")
    return number


def require_text(name: str, value: object) -> None:
    """Raises TypeError when the value is not a string, or has lone surrogates, which JSON text cannot carry."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, not {type(value).__name__}")
    write_json(value)


def _has_infinite(value: Any) -> bool:
    """Whether the value has a number that is not finite.

    Encodes it with ``allow_nan=False``, which is many times faster than checking each number in Python.
    """
    try:
        _FINITE.encode(msgspec.to_builtins(value, enc_hook=encode, str_keys=True))
    except ValueError:
        return True
    return False
