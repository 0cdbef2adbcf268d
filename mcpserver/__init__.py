"""An MCP server with real sign-in: authorization server, resource server and MCP endpoint in one process.

A request enters at ``web`` or ``transports``, is decided in ``oauth``, ``accounts`` or ``mcp``, is kept by
``store``; ``compose`` joins these parts and ``cli`` starts them. ``authoring`` has ``MCPServer``.

This module passes on what programs import; inside of ``mcpserver``, import from the packages themselves.
``tests/test_arrows.py`` holds it to that.
"""

from .authoring import MCPServer
from .mcp.interaction import Context, Declined, Question, Root, SamplingResult, form, roots, sample, url
from .mcp.protocol import (
    Annotations,
    Audio,
    Blob,
    EmbeddedResource,
    Icon,
    Image,
    Message,
    ProtocolError,
    ResourceLink,
    ResourceNotFound,
    Text,
    ToolError,
    ToolResult,
)
from .principal import Later, User
from .version import __version__ as __version__

__all__ = [
    "Annotations",
    "Audio",
    "Blob",
    "Context",
    "Declined",
    "EmbeddedResource",
    "Icon",
    "Image",
    "Later",
    "MCPServer",
    "Message",
    "ProtocolError",
    "Question",
    "ResourceLink",
    "ResourceNotFound",
    "Root",
    "SamplingResult",
    "Text",
    "ToolError",
    "ToolResult",
    "User",
    "form",
    "roots",
    "sample",
    "url",
]
