"""The handling of a message of the current revision, from parsed request to result.

``dispatcher`` chooses and runs the method and opens its context; ``methods`` has those of tools, resources, prompts,
completion and skills; ``capabilities`` says which of these a server offers; ``modern`` has the parts specific to
revision 2026-07-28; ``in_flight`` tracks the requests being answered, so that they can be stopped with an answer.

It may import ``mcp``, ``mcp.features``, ``mcp.interaction``, ``mcp.protocol``, ``mcp.tasks`` and the value modules at
the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .dispatcher import Dispatcher
from .methods import Method
from .modern import ModernRequest

__all__ = ["Dispatcher", "Method", "ModernRequest"]
