"""The transports: the current revision, sessions of older ones, and HTTP with SSE.

``modern`` is revision 2026-07-28, ``legacy`` Streamable HTTP with sessions, ``http_sse`` the transport of 2024-11-05.
All provide the interface ``messaging.Revision``; ``session`` has the state that they share.

``legacy`` is composed of ``session_endpoint`` (HTTP requests), ``session_requests`` (requests and their responses, also
on resumed streams), ``lifecycle`` (handshake, renewal) and ``server_stream`` (messages that the server sends first).

It may import ``fetcher``, ``mcp.messaging``, ``mcp.protocol``, ``trace`` and the value modules at the top of
``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .http_sse import HttpSse
from .legacy import Legacy
from .modern import INPUT_REQUIRED, TASK, Modern, kind_of
from .session import Server, Session
from .session_endpoint import GOODBYE, LEFT

__all__ = ["GOODBYE", "INPUT_REQUIRED", "LEFT", "TASK", "HttpSse", "Legacy", "Modern", "Server", "Session", "kind_of"]
