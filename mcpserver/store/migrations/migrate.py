"""Numbered migrations: what a database still needs to be what this program expects."""

import re
from collections.abc import Collection
from functools import cache
from importlib import resources

from attrs import frozen

from ..database.errors import StoreError

_NAME = re.compile(r"(\d{4})_\w+\.sql")


@frozen
class Migration:
    """``name`` is its file's name, ``number`` the digits it begins with."""

    number: int
    name: str
    statements: tuple[str, ...]


@cache
def migrations() -> tuple[Migration, ...]:
    """All that this program knows, oldest first."""
    files = (resources.files(__package__)).iterdir()
    found = [(match, file) for file in files if (match := _NAME.fullmatch(file.name))]
    known = [Migration(int(match[1]), file.name, _statements(file.read_text("utf-8"))) for match, file in found]
    return tuple(sorted(known, key=lambda migration: migration.number))


def _statements(text: str) -> tuple[str, ...]:
    """A statement ends with a semicolon at the end of its line."""
    return tuple(statement for part in re.split(r";\s*\n", text) if (statement := part.strip()))


def pending(applied: Collection[int], place: str) -> list[Migration]:
    """What is left to apply; raises ``StoreError`` when ``place`` was written by a newer program."""
    known = migrations()
    if max(applied, default=0) > known[-1].number:
        raise StoreError(f"The database {place} was written by a newer version of mcpserver: install that version, or name another database.")
    return [migration for migration in known if migration.number not in applied]
