"""The databases that the contract of the store runs over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcpserver.store import Store, open_store

from ..postgresql import Server


@pytest.fixture(params=["sqlite-file", "sqlite-memory", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite-memory":
        return "sqlite://"
    if request.param == "sqlite-file":
        return f"sqlite:///{tmp_path}/contract.db"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.new_database()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An empty store on each kind of database."""
    opened = await open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/notes.db"
