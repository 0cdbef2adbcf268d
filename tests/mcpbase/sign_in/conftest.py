"""Passwords with one slot, and a throttle with the clock of the test."""

from collections.abc import Iterator

import pytest

from mcpbase.sign_in.passwords import Passwords
from mcpbase.sign_in.throttle import Throttle
from mcpserver.sources import Sources


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(slots=1)
    yield made
    made.close()


@pytest.fixture
def throttle(sources: Sources) -> Throttle:
    return Throttle(sources)
