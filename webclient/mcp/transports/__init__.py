"""The transports: the current revision, sessions of older ones, and HTTP with SSE.

``modern`` is revision 2026-07-28, ``legacy`` Streamable HTTP with sessions, ``http_sse`` the transport of 2024-11-05.
All provide the interface ``messaging.Revision``; ``session`` has the state that they share.

It may import ``fetcher``, ``mcp.messaging``, ``mcp.protocol``, ``trace`` and the value modules at the top of
``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .http_sse import HttpSse
from .legacy import GOODBYE, LEFT, Legacy
from .modern import INPUT_REQUIRED, TASK, Modern, kind_of
from .session import Server, Session

__all__ = ["GOODBYE", "INPUT_REQUIRED", "LEFT", "TASK", "HttpSse", "Legacy", "Modern", "Server", "Session", "kind_of"]
