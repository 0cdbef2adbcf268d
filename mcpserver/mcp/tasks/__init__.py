"""Tasks: calls whose result is fetched later.

``runner`` starts calls within the caller's budget and stores their end; ``methods`` answers ``tasks/get``,
``tasks/update`` and ``tasks/cancel``; ``leases`` tells whether the process that runs a task is gone. ``records`` has
the stored form of tasks and their form on the wire, ``changes`` changes and publishes them; ``questions`` asks the
client while a task waits for input.

It may import ``mcp.codec``, ``mcp.interaction``, ``mcp.protocol`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .methods import TaskMethods
from .records import MemoryTasks, TaskRecord, TaskStore
from .runner import Tasks

__all__ = ["MemoryTasks", "TaskMethods", "TaskRecord", "TaskStore", "Tasks"]
