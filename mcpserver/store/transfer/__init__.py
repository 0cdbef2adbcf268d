"""Whole databases: their state, their faults, and copies of one into another.

``places`` tells where the database of a URL is, ``copying`` fills one database from another and compares the two,
``backups`` makes and restores the files of backups, ``status`` describes a database and ``checks`` looks for faults.

It may import ``store.database``, ``store.postgresql``, ``store.sqlite``, ``store.tables`` and the value modules at the
top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .backups import back_up, restore
from .checks import examine
from .copying import copy
from .status import LastRun, Status, read_status

__all__ = ["LastRun", "Status", "back_up", "copy", "examine", "read_status", "restore"]
