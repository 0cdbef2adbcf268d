"""The parts of MCP that a client needs: messages, results, schemas, event streams, tools.

``messages`` reads and writes JSON-RPC, ``results`` has the errors and the answers that are invalid, ``sse`` parses
event streams, ``schemas`` checks arguments and results, ``tools`` and ``listing``
read lists. ``host`` and ``authorizer`` are the protocols that an embedding program implements.

It may import ``http``, ``trace`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it
to that.
"""

from .authorizer import Anonymous, Authorizer, Refusal
from .cache import CACHEABLE, Cache, context_of
from .elicitation import mode_of, read_elicitation, require_answer
from .host import Declined, Host, Progress, Silent
from .listing import Listing, all_pages, listed, page_reader, presentable
from .messages import (
    Malformed,
    Message,
    MessageId,
    Response,
    ServerMessage,
    ServerNotification,
    ServerRequest,
    error_message,
    is_id,
    notification_message,
    params_of,
    read_messages,
    request_message,
    result_message,
    written,
)
from .options import Options
from .parameters import InvalidTool, header_value, parameter_headers
from .results import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    REJECTED,
    UNSUPPORTED_VERSION,
    URL_REQUIRED,
    Endless,
    InvalidResult,
    Misshapen,
    RpcError,
    StrangeAnswer,
    cut_off,
    no_mcp,
    result_of,
    token_not_taken,
    unavailable,
    unreadable,
)
from .revisions import ALL, AUGMENTED, HANDSHAKE, LEGACY, META, MODERN, OLDEST, RELATED_TASK, TASKS
from .schemas import Mismatch, Unusable, require_fit
from .skills import file_of, require_listed, require_verified
from .sse import LONGEST_EVENT, Event, EventParser, events
from .tools import read_tools, require_structured, requires_task

__all__ = [
    "ALL",
    "AUGMENTED",
    "CACHEABLE",
    "HANDSHAKE",
    "HEADER_MISMATCH",
    "INTERNAL_ERROR",
    "INVALID_PARAMS",
    "LEGACY",
    "LONGEST_EVENT",
    "META",
    "METHOD_NOT_FOUND",
    "MODERN",
    "OLDEST",
    "REJECTED",
    "RELATED_TASK",
    "TASKS",
    "UNSUPPORTED_VERSION",
    "URL_REQUIRED",
    "Anonymous",
    "Authorizer",
    "Cache",
    "Declined",
    "Endless",
    "Event",
    "EventParser",
    "Host",
    "InvalidResult",
    "InvalidTool",
    "Listing",
    "Malformed",
    "Message",
    "MessageId",
    "Mismatch",
    "Misshapen",
    "Options",
    "Progress",
    "Refusal",
    "Response",
    "RpcError",
    "ServerMessage",
    "ServerNotification",
    "ServerRequest",
    "Silent",
    "StrangeAnswer",
    "Unusable",
    "all_pages",
    "context_of",
    "cut_off",
    "error_message",
    "events",
    "file_of",
    "header_value",
    "is_id",
    "listed",
    "mode_of",
    "no_mcp",
    "notification_message",
    "page_reader",
    "parameter_headers",
    "params_of",
    "presentable",
    "read_elicitation",
    "read_messages",
    "read_tools",
    "request_message",
    "require_answer",
    "require_fit",
    "require_listed",
    "require_structured",
    "require_verified",
    "requires_task",
    "result_message",
    "result_of",
    "token_not_taken",
    "unavailable",
    "unreadable",
    "written",
]
