"""The drivers the contract runs over: a further database joins with one more line in ``DRIVERS``."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mcpserver.store import Store, open_store

DRIVERS: dict[str, Callable[[Path], str]] = {
    "sqlite-file": lambda directory: f"sqlite:///{directory}/contract.db",
    "sqlite-memory": lambda _: "sqlite://",
}
"""From an empty directory to the URL of an empty database."""


@pytest.fixture(params=DRIVERS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each driver."""
    opened = await open_store(DRIVERS[request.param](tmp_path))
    yield opened
    await opened.close()


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/notes.db"
