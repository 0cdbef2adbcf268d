"""What the processes that serve one database tell each other.

``events`` publishes to the other processes and hears what they publish; ``cursor`` is a place in a table of numbered
rows, which may become visible out of the order of their numbers. ``housekeeping`` lets exactly one process at a time do
what is done once for all. They know the tables only by protocols; ``store`` has
the rows, ``compose`` reads and writes while the application runs.

It may import the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .cursor import Cursor
from .events import ALIVE, Event, EventStore, ProcessEvents, Sent
from .housekeeping import (
    EXPIRE,
    PURGE,
    RENEW_KEYS,
    Housekeeping,
    HousekeepingStore,
    LeaseLost,
    Run,
    Turn,
)
from .housekeeping import LEASE as HOUSEKEEPING_LEASE

__all__ = [
    "ALIVE",
    "EXPIRE",
    "HOUSEKEEPING_LEASE",
    "PURGE",
    "RENEW_KEYS",
    "Cursor",
    "Event",
    "EventStore",
    "Housekeeping",
    "HousekeepingStore",
    "LeaseLost",
    "ProcessEvents",
    "Run",
    "Sent",
    "Turn",
]
