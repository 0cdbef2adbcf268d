"""An MCP client: for programs connect(), and pages that add any server as an integration, sign in, call tools and show every hop it took."""

__version__ = "0.1.0"

from .connecting import Client, connect
from .errors import FlowError
from .models import Backing, Credentials, Preferences
from .token_stores import FileTokenStore, MemoryTokenStore, TokenStore

__all__ = ["Backing", "Client", "Credentials", "FileTokenStore", "FlowError", "MemoryTokenStore", "Preferences", "TokenStore", "connect"]
