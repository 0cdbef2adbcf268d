"""Defaults that are new for every call: what one call changes in them is not the next one's."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from .type_tree import has_fields

_CONTAINERS = (list, dict, set, frozenset, tuple, bytearray)


def is_shared_state(value: object) -> bool:
    """Whether it can hold what somebody changes: a container or an object with fields, unless a copy of it would be
    the very same.
    """
    if not isinstance(value, _CONTAINERS) and not has_fields(value):
        return False
    try:
        return deepcopy(value) is not value
    except Exception:
        return True


def maker_of(default: Any) -> Callable[[], Any]:
    """Gives a copy each time, all the way down; what nobody can change, and what is known by being the very same
    object, is given as it is.

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
