"""STUB"""

import inspect
from collections.abc import Callable
from typing import Any


def descriptions_of(function: Callable[..., Any]) -> dict[str, str]:
    return {}


def summary_of(function: Callable[..., Any]) -> str:
    return inspect.getdoc(function) or ""
