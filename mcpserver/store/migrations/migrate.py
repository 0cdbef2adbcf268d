"""The migrations of the service's database (``mcpbase.migrations`` reads such files)."""

from collections.abc import Collection
from functools import cache
from importlib import resources

from mcpbase import migrations as numbered

from ..database import StoreError


@cache
def migrations(dialect: str = "") -> tuple[numbered.Migration, ...]:
    """Return all that this version knows, oldest first."""
    return numbered.read_migrations(resources.files(__package__), dialect)


def pending(applied: Collection[int], place: str, *, dialect: str = "") -> list[numbered.Migration]:
    """Return those that the database at ``place`` lacks. Raises ``StoreError`` when a newer version wrote it."""
    try:
        return numbered.pending(migrations(dialect), applied)
    except numbered.NewerDatabase:
        raise StoreError(
            f"The database {place} was written by a newer version of mcpserver: install that version, or name another "
            "database."
        ) from None
