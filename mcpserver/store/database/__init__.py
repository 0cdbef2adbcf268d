"""The interface of a driver: statements, changes that commit together, the queue of changes, errors.

``change`` has ``Statement`` with its guard on the number of rows, ``driver`` the protocol ``Database`` with
``fetch`` and ``apply``, ``content`` a database as a whole, ``queue`` the changes that wait for one shared commit,
``errors`` what may be raised.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .change import (
    LARGEST_INTEGER,
    LOCK_FOR_SHARE,
    LOCK_FOR_UPDATE,
    Change,
    Row,
    Statement,
    Value,
    Values,
    require_storable,
)
from .content import MIGRATIONS, PORTION, Content, EmptyContent, Place, Table
from .driver import Database, Tables
from .errors import StoreBusy, StoreError, StoreReplaced, StoreUncertain, UnstorableValue
from .queue import Commit, CommitQueue, Outcome

__all__ = [
    "LARGEST_INTEGER",
    "LOCK_FOR_SHARE",
    "LOCK_FOR_UPDATE",
    "MIGRATIONS",
    "PORTION",
    "Change",
    "Commit",
    "CommitQueue",
    "Content",
    "Database",
    "EmptyContent",
    "Outcome",
    "Place",
    "Row",
    "Statement",
    "StoreBusy",
    "StoreError",
    "StoreReplaced",
    "StoreUncertain",
    "Table",
    "Tables",
    "UnstorableValue",
    "Value",
    "Values",
    "require_storable",
]
