"""Detection of changes to the author's files, by polling their modification times, which works on every platform."""

import asyncio
import os
from pathlib import Path

PAUSE = 0.5
"""Seconds between two checks."""

_FOREIGN = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})

Snapshot = dict[str, int]


def snapshot(folder: Path) -> Snapshot:
    """The modification time in ns of each .py file below ``folder``, by path.

    Skips hidden folders and those of installed or generated files.
    """
    found: Snapshot = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _FOREIGN and not name.startswith(".")]
        found.update(_times(Path(place), names))
    return found


def _times(place: Path, names: list[str]) -> Snapshot:
    times: Snapshot = {}
    for name in names:
        if name.endswith(".py"):
            try:
                times[str(place / name)] = (place / name).stat().st_mtime_ns
            except FileNotFoundError:
                continue  # an editor is replacing it
    return times


async def changed(before: Snapshot, folder: Path, stop: asyncio.Event) -> bool:
    """Wait for a change. Returns True after one, False once ``stop`` is set."""
    return bool(await next_change(before, folder, stop))


async def next_change(before: Snapshot, folder: Path, stop: asyncio.Event) -> list[str]:
    """Wait for a change, and return the added, removed and changed files, relative to ``folder``.

    Returns an empty list once ``stop`` is set.
    """
    while (now := await asyncio.to_thread(snapshot, folder)) == before:
        try:
            async with asyncio.timeout(PAUSE):
                await stop.wait()
            return []
        except TimeoutError:
            continue
    return sorted(
        str(Path(path).relative_to(folder)) for path in before.keys() | now.keys() if before.get(path) != now.get(path)
    )
