"""What the processes that serve one database tell each other.

``events`` publishes to the other processes and hears what they publish; ``cursor`` is a place in a table of numbered
rows, which may become visible out of the order of their numbers. Both know the tables only by protocols; ``store`` has
the rows, ``compose`` reads and writes while the application runs.

It may import the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .cursor import Cursor
from .events import ALIVE, Event, EventStore, ProcessEvents, Sent

__all__ = ["ALIVE", "Cursor", "Event", "EventStore", "ProcessEvents", "Sent"]
