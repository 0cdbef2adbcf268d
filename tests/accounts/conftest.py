"""Accounts over a store in memory, with the clock of the test."""

from collections.abc import AsyncIterator

import pytest

from mcpbase.sign_in.passwords import Passwords
from mcpbase.sign_in.throttle import Throttle
from mcpserver.accounts.service import Accounts
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

LIFETIME = 3600
"""Seconds of a session."""


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store("sqlite://")
    yield opened
    await opened.close()


@pytest.fixture
def accounts(store: Store, passwords: Passwords, throttle: Throttle, sources: Sources) -> Accounts:
    return Accounts(store, passwords, throttle, sources, LIFETIME)
