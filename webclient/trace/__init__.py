"""The flow as values: recorded and masked while it happens, explained, exported."""

from .hops import AUTH, CLIENT, MCP, YOU, Check, Exchange, Fact, Hop
from .masking import Masker
from .memory import MemoryHops, NoHops
from .recording import HopStore, Notes, Trace

__all__ = ["AUTH", "CLIENT", "MCP", "YOU", "Check", "Exchange", "Fact", "Hop", "HopStore", "Masker", "MemoryHops", "NoHops", "Notes", "Trace"]
