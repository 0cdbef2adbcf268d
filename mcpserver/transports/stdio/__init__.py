"""The stdio transport: one client, one line per message.

``channel`` reads lines, dispatches each and writes the answers; ``framing`` splits bytes into lines within a bound;
``calls`` are the requests under way, alone and in batches.

It may import ``mcp``, ``mcp.dispatch``, ``mcp.legacy``, ``mcp.protocol`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .channel import PATIENCE, Stdio
from .framing import CHUNK, Writer

__all__ = ["CHUNK", "PATIENCE", "Stdio", "Writer"]
