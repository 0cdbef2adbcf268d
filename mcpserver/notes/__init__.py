"""The sample application: a person's notes as pages, as a REST resource and as MCP tools.

``application`` opens it when ``mcpserver serve`` or ``mcpserver demo`` starts it. ``tools`` builds the MCP server,
``rest`` and ``pages`` the HTTP routes; all three call ``service``, which keeps notes in the table of ``store``.
``scopes`` has its scopes, ``views`` its JSON representation of notes, ``templates`` its page.

It may import ``accounts``, ``application``, ``mcp``, ``mcp.protocol``, ``store.database``, ``web.http``,
``web.pages`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .application import open_notes
from .scopes import SCOPES
from .store import NoteStore

__all__ = ["SCOPES", "NoteStore", "open_notes"]
