"""Copies of mutable defaults, so that changes made in one call do not show in the next."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from .type_tree import has_fields

_CONTAINERS = (list, dict, set, frozenset, tuple, bytearray)


def is_shared_state(value: object) -> bool:
    """Whether the value is a container or an object with fields that may be mutable.

    False if ``deepcopy`` returns the same object; True if it cannot be copied.
    """
    if not isinstance(value, _CONTAINERS) and not has_fields(value):
        return False
    try:
        return deepcopy(value) is not value
    except Exception:
        return True


def maker_of(default: Any) -> Callable[[], Any]:
    """A factory that returns a deep copy of the default for each call, or the same object if it is not shared state.

    Raises TypeError for a default that should be copied and cannot be.
    """
    if not is_shared_state(default):
        return lambda: default
    try:
        deepcopy(default)
    except Exception as error:
        raise TypeError(
            f"its default, a {type(default).__name__}, cannot be copied for every call ({error}): make it in the "
            "function, with None as the default."
        ) from error
    return partial(deepcopy, default)
