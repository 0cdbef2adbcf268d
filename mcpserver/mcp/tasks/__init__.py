"""Tasks: calls whose result is fetched later.

``runner`` starts calls within the caller's budget and answers ``tasks/get``, ``tasks/update`` and ``tasks/cancel``;
``records`` has the stored form of tasks and their form on the wire; ``questions`` asks the client while a task waits
for input.

It may import ``mcp.codec``, ``mcp.interaction``, ``mcp.protocol`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .records import MemoryTasks, TaskRecord, TaskStore
from .runner import Tasks

__all__ = ["MemoryTasks", "TaskRecord", "TaskStore", "Tasks"]
