"""The handling of a message of the current revision, from parsed request to result.

``dispatcher`` chooses the method, opens the context and turns every fault into an error; ``modern`` has the methods
of revision 2026-07-28; ``in_flight`` are the requests being answered, so that they can be cancelled.

It may import ``mcp``, ``mcp.features``, ``mcp.interaction``, ``mcp.protocol``, ``mcp.tasks`` and the value modules at
the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .dispatcher import Dispatcher, Method
from .modern import ModernRequest

__all__ = ["Dispatcher", "Method", "ModernRequest"]
