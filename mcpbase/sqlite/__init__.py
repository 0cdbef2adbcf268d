"""SQLite databases as both programs use them: private files, connections in threads, errors that pass.

``file`` creates and checks the file, and tells when another one took its place; ``connection`` opens and prepares a
connection, and runs work in its thread; ``faults`` tells errors of the database from errors of a statement. How a
program writes is its own: the service has one writer for many requests, the web client one statement at a time.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""

from .connection import Connection, connect, transaction, use_write_ahead_log
from .faults import is_passing
from .file import DatabaseFileError, OpenedFile, address, require_private_file

__all__ = [
    "Connection",
    "DatabaseFileError",
    "OpenedFile",
    "address",
    "connect",
    "is_passing",
    "require_private_file",
    "transaction",
    "use_write_ahead_log",
]
