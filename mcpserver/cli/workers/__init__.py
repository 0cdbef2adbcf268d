"""Several processes behind one port, as ``mcpserver serve --workers`` starts them.

``supervisor`` has both sides of it: what gunicorn is told, and what each of its workers does. gunicorn is an extra, so
this package is imported only when there is to be more than one process.

It may import ``cli.process``, ``store.database`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .supervisor import Supervisor, Work

__all__ = ["Supervisor", "Work"]
