"""The flow as values: recorded and masked while it happens, explained, exported."""

from .recording import AUTH, CLIENT, MCP, YOU, Check, Fact, Hop, HopStore, Notes, Trace, fact, facts, masked

__all__ = ["AUTH", "CLIENT", "MCP", "YOU", "Check", "Fact", "Hop", "HopStore", "Notes", "Trace", "fact", "facts", "masked"]
