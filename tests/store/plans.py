"""What a database does to carry out a statement, as EXPLAIN tells it."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg

from mcpserver.store.database import Values
from mcpserver.store.postgresql.statements import prepared

SMALL = {
    "history": "one row",
    "housekeeping": "one row a task",
    "locks": "one row a lock",
    "migrations": "one row a migration",
    "signing_keys": "as many as rotations in a day",
    "unused_client_count": "one row",
}
"""Tables that do not grow with people or requests, each with the reason. Reading all of them costs nothing."""


def sqlite_scans(path: str, statements: Mapping[str, Values]) -> list[str]:
    """Return a line for each statement that reads the whole of a growing table or of its index."""
    connection = sqlite3.connect(path)
    try:
        return [
            f"{detail}: {sql}"
            for sql, values in statements.items()
            for *_, detail in _explained(connection, sql, values)
            if (found := re.match(r"SCAN (\w+)", detail)) and found[1] not in {*SMALL, "CONSTANT"}
        ]
    finally:
        connection.close()


def _explained(connection: sqlite3.Connection, sql: str, values: Values) -> list[Any]:
    return [] if sql.startswith("PRAGMA") else connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()


async def postgresql_scans(url: str, statements: Mapping[str, Values]) -> list[str]:
    """The same of PostgreSQL: a sequential scan, or one of an index without a condition on it."""
    connection = await asyncpg.connect(url)
    try:
        scans = []
        for sql, values in statements.items():
            text, arguments = prepared(sql, values)
            (plan,) = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {text}", *arguments))
            scans += [f"{_told(node)}: {sql}" for node in _nodes(plan["Plan"]) if _is_scan(node)]
        return scans
    finally:
        await connection.close()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _is_scan(node: dict[str, Any]) -> bool:
    table, kind = node.get("Relation Name"), node["Node Type"]
    if table in SMALL:
        return False
    if kind == "Seq Scan":
        return True
    return kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"} and "Index Cond" not in node


def _told(node: dict[str, Any]) -> str:
    return f"{node['Node Type']} of {node.get('Relation Name', node.get('Index Name'))}"
