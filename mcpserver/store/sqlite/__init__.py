"""SQLite, through sqlite3 and aiosqlite: one connection writes, a few read, so that a read never waits for the disk to take in a change."""

from .database import open_file, open_memory

__all__ = ["open_file", "open_memory"]
