"""SQLite, through aiosqlite: one connection writes, a few read, so that a read never waits for the disk."""

from .database import open_file, open_memory

__all__ = ["open_file", "open_memory"]
