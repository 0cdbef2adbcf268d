"""The SQLite driver: one writer, a few readers, one commit for all who wait.

``database`` is the door. Reads run ``inline`` on the event loop while they are short; changes go through ``queue``
and ``writer`` to ``commit``. ``start`` opens and migrates; ``mark``, ``place``, ``watch`` and ``restoring`` notice
a file that was replaced or restored.

It may import ``store.database``, ``store.migrations``, ``store.tables`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .opening import open_file, open_memory, open_url

__all__ = ["open_file", "open_memory", "open_url"]
