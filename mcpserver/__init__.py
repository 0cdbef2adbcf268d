"""An MCP server with real sign-in: authorization server, resource server and MCP endpoint in one process."""

from .authoring import MCPServer
from .mcp.content import Annotations, Audio, Blob, EmbeddedResource, Icon, Image, Message, ResourceLink, Text, ToolResult
from .mcp.context import Context
from .mcp.errors import ProtocolError, ResourceNotFound, ToolError
from .mcp.questions import Declined, Question, Root, SamplingResult, form, roots, sample, url
from .principal import Later, User

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
__version__ = "0.1.0"
