"""HTTP parts of the MCP endpoint: origin, headers, body, and the response or event stream.

``origins`` and ``headers`` validate a request, and ``refusals`` are the error responses; ``request`` is a request with
its caller, ``body`` reads the message, ``response`` answers as JSON or as a stream that ``heartbeat`` keeps open;
``turns`` parses large messages one at a time, ``timing`` has the durations. ``connections`` has the open connections
by grant, so that revoking a grant aborts them.

It may import ``mcp.features``, ``mcp.protocol``, ``mcp.types`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .body import MAX_BODY_SIZE, BodyRefused, read_body, require_media, require_readable
from .connections import OpenConnections
from .headers import require_headers, require_version
from .heartbeat import Heartbeat, beat_after
from .origins import Origins, origin_of
from .refusals import method_refused, origin_refused, refused
from .request import EndpointRequest, accepted
from .response import KEEP_ALIVE, EndpointResponse, encode, open_stream, retry_headers, write
from .timing import TIMING, Timing
from .turns import Turns

__all__ = [
    "KEEP_ALIVE",
    "MAX_BODY_SIZE",
    "TIMING",
    "BodyRefused",
    "EndpointRequest",
    "EndpointResponse",
    "Heartbeat",
    "OpenConnections",
    "Origins",
    "Timing",
    "Turns",
    "accepted",
    "beat_after",
    "encode",
    "method_refused",
    "open_stream",
    "origin_of",
    "origin_refused",
    "read_body",
    "refused",
    "require_headers",
    "require_media",
    "require_readable",
    "require_version",
    "retry_headers",
    "write",
]
