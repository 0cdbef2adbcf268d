"""The SQLite driver: one writer, a few readers, one commit for all changes that wait.

``opening`` opens and migrates a database. ``database`` is the driver: reads run ``inline`` on the event loop while they
are short, and in threads otherwise; changes go through the queue of ``store.database`` to ``writer``. ``file`` notices
a file that was deleted, replaced or overwritten, ``backup`` makes copies and recognizes a restored one, ``content``
reads and fills a database as a whole.

It may import ``store.database``, ``store.migrations``, ``store.tables`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .content import SqlitePlace, newest_schema
from .opening import open_file, open_memory, open_url

__all__ = ["SqlitePlace", "newest_schema", "open_file", "open_memory", "open_url"]
