"""Tasks: calls whose result is fetched later.

``runner`` starts a call, answers ``tasks/get``, ``tasks/update`` and ``tasks/cancel`` and keeps its ``records``
within the caller's budget, which are written for the wire there too; ``questions`` asks the client while a task waits
for input.

It may import ``mcp.codec``, ``mcp.interaction``, ``mcp.protocol`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .records import MemoryTasks, TaskRecord, TaskStore
from .runner import Tasks

__all__ = ["MemoryTasks", "TaskRecord", "TaskStore", "Tasks"]
