"""A service as a real process, with one person in it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.interop.browser import Person
from tests.ports import free_port
from tests.processes import Program, add_user, running, start_service

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that knows Ada."""
    path = tmp_path_factory.mktemp("service") / "service.db"
    add_user(path, "ada", PASSWORD, name="Ada Lovelace", email="ada@example.com")
    return path


@pytest.fixture(scope="module")
def service(database: Path) -> Iterator[Program]:
    with running(start_service(database, port=free_port())) as program:
        yield program


@pytest.fixture
async def ada() -> AsyncIterator[Person]:
    """Ada at her browser, not signed in."""
    async with Person("ada", PASSWORD) as person:
        yield person
