"""Migrations: numbered SQL files, and the module that tells which of them a database lacks.

``pending(applied, place)`` lists what is left to apply and refuses a database that a newer version wrote. A file never
changes once it was released; a new one gets the next number.

It may import ``store.database`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it
to that.
"""

from mcpbase.migrations import Migration

from .migrate import pending

__all__ = ["Migration", "pending"]
