"""A running server process: serving, logging, reloading, ending.

``serving`` listens on the port and waits for the end that ``mcpbase.shutdown`` signals; ``logging_setup`` configures
the log and the access log; ``reload`` watches files; ``standard_streams`` opens the channel of stdio;
``connection_hints`` describes how clients connect.

It may import ``cli.console``, ``mcp.protocol``, ``transports.stdio``, ``web.http`` and the value modules at the top
of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .connection_hints import ways_to_connect
from .logging_setup import write_journal
from .reload import Snapshot, changed, next_change, snapshot
from .serving import answering, listen, port_of, stop_event
from .standard_streams import kept_apart, reading, writing

__all__ = [
    "Snapshot",
    "answering",
    "changed",
    "kept_apart",
    "listen",
    "next_change",
    "port_of",
    "reading",
    "snapshot",
    "stop_event",
    "ways_to_connect",
    "write_journal",
    "writing",
]
