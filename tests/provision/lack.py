"""Something that is not on this machine."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


class LackError(Exception):
    """One sentence: what is not there and what to install."""


def need(find: Callable[[], T]) -> T:
    """For fixtures: what ``find`` finds; without it the test is skipped, and with CI=true it fails."""
    try:
        return find()
    except LackError as lack:
        if is_ci():
            pytest.fail(str(lack), pytrace=False)
        pytest.skip(str(lack))


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}
