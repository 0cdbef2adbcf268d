"""Migrations: numbered SQL files, and the module that says which a database lacks.

``pending(applied, place)`` lists what is left to do and refuses a database that a newer program wrote. A file is
never changed once it was released; a new one gets the next number.

It may import ``store.database`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it
to that.
"""

from .migrate import pending

__all__ = ["pending"]
