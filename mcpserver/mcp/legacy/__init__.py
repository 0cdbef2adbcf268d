"""Revisions of MCP before 2026-07-28: the handshake, sessions, and the older shapes.

``handshake`` answers ``initialize`` and passes the session's later requests to the dispatcher; ``older_results`` and
``older_forms`` rewrite results and questions; ``sessions`` stores sessions, ``pending_questions`` the questions that
await the client's answer, ``shared_questions`` those whose answer another process may receive. Only ``transports`` and
``store`` import this package, so that it can be deleted one day.

It may import ``mcp.dispatch``, ``mcp.interaction``, ``mcp.protocol``, ``mcp.schema`` and the value modules at the top
of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .handshake import Handshake, RequestCallbacks, Session, listener_of, messages_of, session_of, unasked
from .pending_questions import PendingQuestions
from .sessions import MemorySessions, Sessions, SessionStore, StoredSession, digest_of
from .shared_questions import QuestionStore, SharedQuestions

__all__ = [
    "Handshake",
    "MemorySessions",
    "PendingQuestions",
    "QuestionStore",
    "RequestCallbacks",
    "Session",
    "SessionStore",
    "Sessions",
    "SharedQuestions",
    "StoredSession",
    "digest_of",
    "listener_of",
    "messages_of",
    "session_of",
    "unasked",
]
