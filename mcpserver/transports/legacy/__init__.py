"""HTTP transports of revisions before 2026-07-28: sessions, resumable streams, and HTTP with SSE.

``streamable`` handles POST, GET and DELETE of a session; ``session_runtime`` has the open requests and streams of one
session, ``session_runtimes`` those of all sessions, ``other_processes`` tells other processes what concerns them;
``event_stream`` replays missed events; ``http_sse`` is the transport of 2024-11-05.

It may import ``mcp.dispatch``, ``mcp.legacy``, ``mcp.protocol``, ``processes``, ``transports.http`` and the value
modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .http_sse import HttpSse
from .other_processes import ANSWERED
from .streamable import SESSION_ID, HandshakeHTTP

__all__ = ["ANSWERED", "SESSION_ID", "HandshakeHTTP", "HttpSse"]
