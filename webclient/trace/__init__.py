"""The flow as values: recorded and masked while it happens, diagnosed, displayed and exported.

``recording`` records each hop with its exchanges; ``diagnosis`` finds the cause of a failure in the catalogue
``causes``; ``display`` arranges the hops as chapters and steps, as a document and as HAR. This module exports what the
modules that send requests need.

It may import ``trace.recording`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it
to that.
"""

from .recording import AUTH, CLIENT, MCP, OLDEST_TRANSPORT, YOU, Chapter, Hop, Masker, MemoryHops, NoHops, Notes, Trace

__all__ = [
    "AUTH",
    "CLIENT",
    "MCP",
    "OLDEST_TRANSPORT",
    "YOU",
    "Chapter",
    "Hop",
    "Masker",
    "MemoryHops",
    "NoHops",
    "Notes",
    "Trace",
]
