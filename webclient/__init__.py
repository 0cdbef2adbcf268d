"""An MCP client: ``connect()`` for programs, and pages that add any server as an integration, sign in, call tools and
show every hop.

``fetcher`` sends every request and records it in ``trace``; ``oauth`` signs in, ``mcp`` speaks with the server;
``integrations`` does both for people on ``pages``, ``program`` for programs and ``cli``. It imports nothing from
``mcpserver``.

This module exports the names for programs; inside of ``webclient``, import from the packages themselves.
``tests/test_arrows.py`` holds it to that.
"""

from .errors import FlowError
from .oauth.protocol import Backing, Credentials, Preferences
from .program import Client, FileTokenStore, MemoryTokenStore, TokenStore, connect
from .version import __version__ as __version__

__all__ = [
    "Backing",
    "Client",
    "Credentials",
    "FileTokenStore",
    "FlowError",
    "MemoryTokenStore",
    "Preferences",
    "TokenStore",
    "connect",
]
