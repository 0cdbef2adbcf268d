"""The tables of a PostgreSQL database, from its catalog, written as for SQLite."""

import re
from typing import Any

from ..database import MIGRATIONS, StoreError, Table

_TYPES = {
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "smallint": "SMALLINT",
    "text": "TEXT",
    "bytea": "BLOB",
}
"""The types that both databases hold exactly, by PostgreSQL's name."""

_TABLES = """
    SELECT c.oid, c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> $1
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relname"""
_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
           a.attidentity <> '' OR COALESCE(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', FALSE)
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum"""
_CONSTRAINTS = """
    SELECT contype::text, pg_get_constraintdef(oid),
           (SELECT relname FROM pg_class WHERE oid = confrelid)
    FROM pg_constraint WHERE conrelid = $1 AND contype IN ('p', 'u', 'f', 'c') ORDER BY contype DESC, conname"""
_INDEXES = """
    SELECT c.relname, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = $1 AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid) ORDER BY 1"""
_CAST = re.compile(r"::(?:text|bigint|integer|smallint|bytea)\b")
_ON = re.compile(r" ON (?:ONLY )?(?:[^ .]+\.)?([^ ]+) USING btree ")


async def read_tables(connection: Any, place: str) -> list[Table]:
    """Return the tables of the current schema but for that of the migrations and those of extensions.

    Raises ``StoreError`` for a column of a type that SQLite has not.
    """
    return [await _table(connection, place, *row) for row in await connection.fetch(_TABLES, MIGRATIONS)]


async def _table(connection: Any, place: str, oid: int, name: str) -> Table:
    columns = [tuple(row) for row in await connection.fetch(_COLUMNS, oid)]
    constraints = [tuple(row) for row in await connection.fetch(_CONSTRAINTS, oid)]
    indexes = [tuple(row) for row in await connection.fetch(_INDEXES, oid)]
    for column, kind, *_ in columns:
        if kind not in _TYPES:
            raise StoreError(
                f"The column {column} of the table {name} in the database {place} has the type {kind}, which has no "
                f"exact counterpart: only {', '.join(_TYPES)} are copied."
            )
    numbered = next((column for column, _, _, _, is_numbered in columns if is_numbered), None)
    parts = [_column(*column) for column in columns]
    parts += [_plain(text) for kind, text, _ in constraints if not (numbered and kind == "p")]
    return Table(
        name,
        tuple(column for column, *_ in columns),
        frozenset(parent for kind, _, parent in constraints if kind == "f"),
        numbered,
        (
            f'CREATE TABLE "{name}" ({", ".join(parts)})',
            *(_ON.sub(r" ON \1 ", _plain(text)) for _, text in indexes),
        ),
        frozenset(index for index, _ in indexes),
    )


def _column(name: str, kind: str, is_required: bool, default: str | None, is_numbered: bool) -> str:
    if is_numbered:
        return f'"{name}" INTEGER PRIMARY KEY AUTOINCREMENT'
    required = " NOT NULL" if is_required else ""
    return f'"{name}" {_TYPES[kind]}{required}' + (f" DEFAULT {_plain(default)}" if default is not None else "")


def _plain(sql: str) -> str:
    """Return an expression of the catalog without casts, which SQLite does not know."""
    return _CAST.sub("", sql)
