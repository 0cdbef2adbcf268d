"""Writers for dates, times, durations, UUIDs and decimals, which normalize values to their type and to the published
format (RFC 3339, RFC 4122, RFC 4648).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import inspect as nodes


def _as(kind: type) -> Callable[[Any], Any]:
    """A writer that parses strings as the type, so that they are written in its format.

    Strings that do not parse stay as they are; reading the result refuses them.
    """

    def write(value: Any) -> Any:
        return value if isinstance(value, kind) else _spelled(value, kind)

    return write


def _spelled(value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind) if isinstance(value, str) else value
    except msgspec.ValidationError:
        return value


def _instant(value: Any) -> Any:
    """Write a date-time; one whose offset has seconds is converted to UTC (RFC 3339 section 5.6: whole minutes)."""
    value = _spelled(value, datetime)
    if (
        not isinstance(value, datetime)
        or value.tzinfo is None
        or value.tzinfo is UTC
        or _is_of_minutes(value.utcoffset())
    ):
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise TypeError(f"the value cannot be written as JSON: {error}") from error


def _clock(value: Any) -> Any:
    value = _spelled(value, time)
    if isinstance(value, time) and not _is_of_minutes(value.utcoffset()):
        raise TypeError("the time has an offset with seconds, which RFC 3339 cannot say")
    return value


def _is_of_minutes(offset: timedelta | None) -> bool:
    return not offset or not offset % timedelta(minutes=1)


def _decimal(value: Any) -> Any:
    """Write a decimal; ints and floats are converted to one. Raises TypeError for one that is not finite."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = Decimal(repr(value))
    value = _spelled(value, Decimal)
    if isinstance(value, Decimal) and not value.is_finite():
        raise TypeError("the value has a number that is not finite (NaN or an infinity), which JSON cannot carry")
    return value


LEAVES: Mapping[Any, Callable[[Any], Any]] = {
    nodes.DateTimeType: _instant,
    nodes.TimeType: _clock,
    nodes.DateType: _as(date),
    nodes.TimeDeltaType: _as(timedelta),
    nodes.UUIDType: _as(UUID),
    nodes.DecimalType: _decimal,
}
