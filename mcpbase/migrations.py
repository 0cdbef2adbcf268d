"""Numbered migrations of a database: SQL files in a folder, and which of them a database still needs.

A file is named ``NNNN_words.sql``. Once released it never changes; a new one gets the next number. Where a database
needs other words for one of them, ``NNNN_words.DIALECT.sql`` beside it has them.
"""

import re
from collections.abc import Collection, Sequence
from importlib.resources.abc import Traversable

from attrs import frozen

_NAME = re.compile(r"(\d{4})_\w+\.sql")


class NewerDatabase(Exception):
    """The database has a migration that this program does not know: a newer version wrote it."""


@frozen
class Migration:
    """One file: its ``name``, the ``number`` it begins with, and its SQL statements."""

    number: int
    name: str
    statements: tuple[str, ...]


def read_migrations(folder: Traversable, dialect: str = "") -> tuple[Migration, ...]:
    """Return the migrations of a folder in the order of their numbers. Other files are ignored.

    ``dialect`` prefers the texts that are for one kind of database.
    """
    files = {file.name: file for file in folder.iterdir()}
    found = [(match, name) for name in files if (match := _NAME.fullmatch(name))]
    texts = [files.get(name.replace(".sql", f".{dialect}.sql"), files[name]).read_text("utf-8") for _, name in found]
    known = [
        Migration(int(match[1]), name, _statements(text)) for (match, name), text in zip(found, texts, strict=True)
    ]
    return tuple(sorted(known, key=lambda migration: migration.number))


def pending(known: Sequence[Migration], applied: Collection[int]) -> list[Migration]:
    """Return the migrations whose numbers are not among those ``applied``. Raises NewerDatabase."""
    if max(applied, default=0) > known[-1].number:
        raise NewerDatabase
    return [migration for migration in known if migration.number not in applied]


def _statements(text: str) -> tuple[str, ...]:
    """Split SQL at the semicolons that end a line."""
    return tuple(statement for part in re.split(r";\s*\n", text) if (statement := part.strip()))
