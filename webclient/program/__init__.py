"""The client for programs: ``connect(url)`` gives a ``Client``, which is ``mcp.MCPClient``.

``connect`` opens the conversation, ``sign_in`` gets tokens when the server asks for them, with a browser and the
redirect to ``loopback``, or with what is in a token store (``token_stores``).

It may import ``fetcher``, ``http``, ``mcp``, ``mcp.protocol``, ``oauth``, ``oauth.protocol``, ``trace`` and the value
modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from ..mcp import MCPClient as Client
from .connect import connect
from .sign_in import Browser
from .token_stores import FileTokenStore, MemoryTokenStore, TokenFileError, TokenStore

__all__ = ["Browser", "Client", "FileTokenStore", "MemoryTokenStore", "TokenFileError", "TokenStore", "connect"]
