"""Numbered SQL files, as both programs keep them."""

from importlib import resources
from pathlib import Path

import pytest

from mcpbase.migrations import NewerDatabase, pending, read_migrations


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0002_more.sql").write_text("INSERT INTO a VALUES (';');\n\nDROP TABLE b; \nDROP TABLE c;\n")
    (tmp_path / "0001_begin.sql").write_text("-- A table.\nCREATE TABLE a (\n    id TEXT\n)")
    (tmp_path / "README.md").write_text("no migration")
    return tmp_path


def test_files_are_read_in_the_order_of_their_numbers(folder: Path) -> None:
    found = read_migrations(folder)
    assert [(migration.number, migration.name) for migration in found] == [(1, "0001_begin.sql"), (2, "0002_more.sql")]


def test_statement_ends_with_a_semicolon_at_the_end_of_its_line(folder: Path) -> None:
    first, second = read_migrations(folder)
    assert first.statements == ("-- A table.\nCREATE TABLE a (\n    id TEXT\n)",)
    assert second.statements == ("INSERT INTO a VALUES (';')", "DROP TABLE b", "DROP TABLE c")


def test_what_was_not_applied_is_pending(folder: Path) -> None:
    known = read_migrations(folder)
    assert pending(known, ()) == list(known)
    assert pending(known, [1]) == [known[1]]
    assert pending(known, {1, 2}) == []


def test_database_of_a_newer_program_is_known(folder: Path) -> None:
    with pytest.raises(NewerDatabase):
        pending(read_migrations(folder), {1, 2, 3})


@pytest.mark.parametrize("place", ["mcpserver.store.migrations", "webclient/schema"])
def test_files_of_both_programs_are_numbered_without_a_gap(place: str) -> None:
    package, _, below = place.partition("/")
    folder = resources.files(package)
    found = read_migrations(folder / below if below else folder)
    assert [migration.number for migration in found] == list(range(1, len(found) + 1))
