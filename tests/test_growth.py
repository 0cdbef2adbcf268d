"""The benchmark of growth, in short: what it writes has a figure for everything that it measured."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.growth import measure_all, write

from .postgresql import Server


async def test_short_run_writes_figures_and_a_diagram(
    tmp_path: Path, postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``postgresql_server`` is there only so that a lack of PostgreSQL is told as everywhere."""
    assert postgresql_server.port
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    write(await measure_all([3], [], [10], seconds=0.2), tmp_path)
    figures = json.loads((tmp_path / "growth.json").read_text("utf-8"))
    for database in ("SQLite", "PostgreSQL"):
        measured = figures["people"][database]["3"]
        assert measured["bytes"] > 100_000
        assert measured["refresh"]["rate"] > 0
        assert measured["tool call"]["p99"] >= measured["tool call"]["p50"] > 0
    assert figures["listeners"]["10"]["seconds"] > 0
    drawn = ElementTree.parse(tmp_path / "growth.svg").getroot()
    assert drawn.find("{http://www.w3.org/2000/svg}title") is not None
