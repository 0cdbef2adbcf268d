"""The recorder: hops, their HTTP exchanges, and the masking of secrets before anything is kept.

``recorder`` has ``Trace``, which records a hop from its ``notes``; ``exchanges`` records a request and its response;
``masking`` replaces the secrets named in ``secrets`` by marks and keeps the ``claims`` of tokens; ``hops`` has the
values, ``memory`` a store without a database.

It may import ``http`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .chapters import Chapter
from .claims import DecodedToken, explain
from .exchanges import MOST_BODY, Recording
from .hops import (
    AUTH,
    CLIENT,
    FAILED,
    INFO,
    MCP,
    OK,
    OLDEST_TRANSPORT,
    PENDING,
    STOPPED,
    YOU,
    Exchange,
    Fact,
    Hop,
    Message,
    Timing,
)
from .masking import CLOSE, OPEN, PLACE, Masker, Secret, pieces, readable
from .memory import MemoryHops, NoHops
from .notes import Notes
from .recorder import Trace
from .secrets import plain

__all__ = [
    "AUTH",
    "CLIENT",
    "CLOSE",
    "FAILED",
    "INFO",
    "MCP",
    "MOST_BODY",
    "OK",
    "OLDEST_TRANSPORT",
    "OPEN",
    "PENDING",
    "PLACE",
    "STOPPED",
    "YOU",
    "Chapter",
    "DecodedToken",
    "Exchange",
    "Fact",
    "Hop",
    "Masker",
    "MemoryHops",
    "Message",
    "NoHops",
    "Notes",
    "Recording",
    "Secret",
    "Timing",
    "Trace",
    "explain",
    "pieces",
    "plain",
    "readable",
]
