"""The official TypeScript client holds every structured result against the published schema, formats too, and takes
all that leaves.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import provision
from tests.interop.browser import Person
from tests.interop.stranger import Era, Window
from tests.interop.typescript import Typescript
from tests.ports import free_port
from tests.processes import Program, running, start_server

PLAIN = {"at": "2026-07-28T10:00:00", "clock": "10:00:00", "lasts": "PT0.5S", "on": "2026-07-28", "price": "1.10"}
FAR = {"at": "2026-07-28T09:40:28Z", "clock": "10:00:00Z", "lasts": "-PT1S", "on": "2026-07-28", "price": "1.10"}


@pytest.fixture(scope="module")
def diary(database: Path) -> Iterator[Program]:
    with running(start_server("tests.interop.diary", database, port=free_port())) as program:
        yield program


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_results_are_taken_and_arguments_understood(diary: Program, ada: Person, era: Era) -> None:
    """JSON Schema 2020-12 validation, section 7.3.1; JavaScript writes instants with milliseconds and a Z."""
    sent: dict[str, Any] = {"at": "2026-07-28T10:00:00.000Z", "lasts": "P1DT2H", "price": "2.50"}
    async with provision.need(Typescript).connect(f"{diary.url}/mcp", Window(ada), era) as connection:
        await connection.list_tools()  # the client has the schemas from here
        assert (await connection.call("entry")).structured == {**PLAIN, "below": [{**FAR, "below": None}]}
        assert (await connection.call("model")).structured == PLAIN
        assert (await connection.call("far")).structured == {**FAR, "at": "2026-07-28T10:00:00Z"}
        promised = (await connection.call("promised")).structured
        kept = (await connection.call("keep", **sent)).structured
        refused = await connection.call("keep", **{**sent, "price": "NaN"})
    assert promised in ("2026-07-28T09:40:28Z", {"result": "2026-07-28T09:40:28Z"})
    assert kept == {
        "at": "2026-07-28T10:00:00Z",
        "clock": "10:00:00",
        "lasts": "P1DT7200S",
        "on": "2026-07-28",
        "price": "2.50",
        "below": None,
    }
    assert (refused.is_error, refused.text) == (True, "price: Expected a finite number.")
