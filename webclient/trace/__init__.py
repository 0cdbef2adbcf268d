"""The flow as values: recorded and masked while it happens, diagnosed, displayed and exported.

``recording`` takes down each hop with its exchanges; ``diagnosis`` finds the cause of a failure in the catalogue
``causes``; ``display`` arranges the hops as chapters and steps, as a document and as HAR. What this module passes
on is what those who send requests need.

It may import ``trace.recording`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it
to that.
"""

from .recording.chapters import Chapter
from .recording.hops import AUTH, CLIENT, MCP, OLDEST_TRANSPORT, YOU, Check, Exchange, Fact, Hop
from .recording.masking import Masker
from .recording.memory import MemoryHops, NoHops
from .recording.recorder import HopStore, Notes, Trace

__all__ = [
    "AUTH",
    "CLIENT",
    "MCP",
    "OLDEST_TRANSPORT",
    "YOU",
    "Chapter",
    "Check",
    "Exchange",
    "Fact",
    "Hop",
    "HopStore",
    "Masker",
    "MemoryHops",
    "NoHops",
    "Notes",
    "Trace",
]
