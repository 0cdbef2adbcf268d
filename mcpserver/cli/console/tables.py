"""Printing of lists: aligned columns for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click

INSTANTS = ("created", "seen", "expires", "signs_from", "retired")


def show(rows: Sequence[Mapping[str, object]], *, as_json: bool, empty: str) -> None:
    """Print rows as a table or as JSON, or ``empty`` if there are none and the output is a table.

    ``rows`` have the same keys, in the order of the columns; values of the keys in ``INSTANTS`` are in epoch seconds.
    """
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        click.echo(table([list(rows[0]), *([_cell(name, value) for name, value in row.items()] for row in rows)]))
    else:
        click.echo(empty)


def table(lines: Sequence[Sequence[str]]) -> str:
    """Lines with columns as wide as their widest cell, without trailing spaces."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cell(name: str, value: object) -> str:
    if name in INSTANTS and isinstance(value, int):
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "-" if value is None else str(value)
