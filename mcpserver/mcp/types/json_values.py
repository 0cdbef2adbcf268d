"""What JSON can and cannot say about numbers."""

import json
from math import inf, isfinite
from operator import is_
from typing import Any

import msgspec

from .pydantic_kinds import encode

# RFC 8259 section 6: integers beyond are not the same number everywhere.
LARGEST_EXACT = 2**53 - 1

_LOOKED_INTO = frozenset({float, list, dict})
_FINITE = json.JSONEncoder(allow_nan=False, check_circular=False)


def with_whole_numbers(value: Any) -> Any:
    """The value with 42 for 42.0, or the very same object when it has none (JSON Schema 2020-12 core, section
    4.2.3).
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
    """Raises TypeError for what JSON cannot say: NaN, lone surrogates, values that contain themselves, types it has
    no form for.
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
    """A number as JSON carries it: an int as it is, of other kinds (Decimal, Fraction) the nearest float.

    Raises TypeError, ValueError.
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
    """Raises TypeError for what is no string, or has characters that no JSON text can carry."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, not {type(value).__name__}")
    write_json(value)


def _has_infinite(value: Any) -> bool:
    """Told by an encoder that minds: many times faster than to look at each number."""
    try:
        _FINITE.encode(msgspec.to_builtins(value, enc_hook=encode, str_keys=True))
    except ValueError:
        return True
    return False
