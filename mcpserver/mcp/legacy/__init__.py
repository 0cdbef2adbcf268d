"""Revisions of MCP before 2026-07-28: the handshake, sessions, and the older shapes.

``handshake`` answers ``initialize`` and passes the session's later requests to the dispatcher; ``older_results`` and
``older_forms`` rewrite results and questions; ``sessions`` stores sessions, ``pending_questions`` the questions that
await the client's answer. Only ``transports`` and ``store`` import this package, so that it can be deleted one day.

It may import ``mcp.dispatch``, ``mcp.interaction``, ``mcp.protocol``, ``mcp.schema`` and the value modules at the top
of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .handshake import Handshake, RequestCallbacks, Session, messages_of, session_of, unasked, wanted_topics
from .pending_questions import PendingQuestions
from .sessions import MemorySessions, Sessions, SessionStore, StoredSession, digest_of

__all__ = [
    "Handshake",
    "MemorySessions",
    "PendingQuestions",
    "RequestCallbacks",
    "Session",
    "SessionStore",
    "Sessions",
    "StoredSession",
    "digest_of",
    "messages_of",
    "session_of",
    "unasked",
    "wanted_topics",
]
