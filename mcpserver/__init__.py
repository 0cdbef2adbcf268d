"""An MCP server with real sign-in: authorization server, resource server and MCP endpoint in one process."""

from .mcp.context import Context
from .mcp.errors import ToolError
from .mcp.server import MCPServer
from .principal import User

__all__ = ["Context", "MCPServer", "ToolError", "User"]
__version__ = "0.1.0"
