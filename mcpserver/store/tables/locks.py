"""Statements that let changes wait for each other, to be applied before those that decide.

SQLite applies changes one after another anyhow. PostgreSQL lets each statement see what was committed when it began, so
a change first locks what others may be changing, and then looks.
"""

# ruff: noqa: S608 - the tables are constants of the modules that call, values never

from ..database import LOCK_FOR_UPDATE, Statement


def lock_row(table: str, key: str) -> Statement:
    """Return the statement that waits for changes of a row, and for those that hold it with ``LOCK_FOR_SHARE``."""
    return Statement(f"SELECT id FROM {table} WHERE id = :id {LOCK_FOR_UPDATE}", {"id": key})


def lock_table(table: str) -> Statement:
    """Return the statement that waits for all changes that lock this table so: for what is rare."""
    return Statement("SELECT name FROM locks WHERE name = :name " + LOCK_FOR_UPDATE, {"name": table})
