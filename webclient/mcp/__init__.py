"""The MCP client: one conversation with a server of any revision.

``client`` has the operations (list, call, read, subscribe), ``negotiation`` finds out which revision and transport a
server speaks, ``connection`` repeats requests after renegotiation and answers the server's questions, ``tool_calls``
lists and calls tools, ``tasks`` and ``augmented_tasks`` follow long-running calls, ``subscriptions`` delivers change
notifications.

A call passes through ``client``, ``connection``, a transport of ``transports``, ``messaging`` and the fetcher.

It may import ``fetcher``, ``mcp.messaging``, ``mcp.protocol``, ``mcp.transports``, ``trace`` and the value modules at
the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .client import Listing, MCPClient, Options, Server, Session
from .fixed_headers import LONGEST, FixedAuthorizer, UnusableHeader, read_header
from .subscriptions import ACKNOWLEDGED, KINDS, UPDATED, News

__all__ = [
    "ACKNOWLEDGED",
    "KINDS",
    "LONGEST",
    "UPDATED",
    "FixedAuthorizer",
    "Listing",
    "MCPClient",
    "News",
    "Options",
    "Server",
    "Session",
    "UnusableHeader",
    "read_header",
]
