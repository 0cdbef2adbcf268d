"""JSON-RPC errors of MCP, one class per code (MCP 2026-07-28, basic: error codes), and errors raised by tools for the
model.
"""

from collections.abc import Sequence

from ...busy import RETRY_AFTER

LONGEST = 2000
"""Maximum number of characters of a message, which may quote what the client sent."""


class RpcError(Exception):
    """A JSON-RPC error; ``status`` is the HTTP status over Streamable HTTP, ``data`` is sent with the message."""

    code = -32603
    status = 200
    retry_after: int | None = None
    """Seconds after which the request may be sent again (RFC 9110 section 10.2.3)."""

    def __init__(self, message: str, *, data: object = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data
        self.status = self.status if status is None else status

    def as_dict(self) -> dict[str, object]:
        error: dict[str, object] = {"code": self.code, "message": self.message[:LONGEST]}
        return error if self.data is None else {**error, "data": self.data}


class ProtocolError(RpcError):
    """Raised by an author's function to answer with a JSON-RPC error instead of a result.

    Programs read the code; models never see it: for them there is ToolError. Codes of an application lie outside of
    -32768 to -32000 (MCP 2026-07-28, basic: error codes).
    """

    status = 200

    def __init__(self, message: str, *, code: int = -32603, data: object = None) -> None:
        super().__init__(message, data=data)
        self.code = code


class ParseError(RpcError):
    code = -32700
    status = 400


class InvalidMessage(RpcError):
    code = -32600
    status = 400


class MethodNotFound(RpcError):
    code = -32601
    status = 404

    def __init__(self, method: str) -> None:
        super().__init__(f"Method not found: {method}")


class InvalidParams(RpcError):
    """The parameters or ``_meta`` of a request are invalid (MCP 2026-07-28, basic: general fields)."""

    code = -32602
    status = 400


class ResourceNotFound(InvalidParams):
    """There is no such resource (MCP 2026-07-28, resources: error handling); earlier revisions use another code."""

    def __init__(self, uri: object) -> None:
        super().__init__("Resource not found", data={"uri": uri})


class InternalError(RpcError):
    """An unexpected fault, whose details are in the log under the reference."""

    status = 500

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"Something went wrong here. The reference {reference} leads to the reason in the server's log."
        )


class Unavailable(RpcError):
    """A resource that the request needs is busy (RFC 9110 section 15.6.4). ``outcome`` says what became of changes."""

    status = 503
    retry_after = RETRY_AFTER

    def __init__(self, outcome: str) -> None:
        super().__init__(f"The server cannot do this at the moment. {outcome}")


class HeaderMismatch(RpcError):
    """Headers and body of a request do not match (MCP 2026-07-28, Streamable HTTP: server validation)."""

    code = -32020
    status = 400


class MissingCapability(RpcError):
    """The client did not declare a required capability (MCP 2026-07-28, basic).

    ``requiredCapabilities`` in ``data`` is a ClientCapabilities object with what is missing.
    """

    code = -32021
    status = 400

    def __init__(self, *path: str) -> None:
        required: dict[str, object] = {}
        for name in reversed(path):
            required = {name: required}
        super().__init__(
            f"This needs a capability that the client did not declare: {'.'.join(path)}",
            data={"requiredCapabilities": required},
        )


class UnsupportedVersion(RpcError):
    """The requested protocol version is not supported (MCP 2026-07-28, versioning: protocol version negotiation)."""

    code = -32022
    status = 400

    def __init__(self, requested: str, supported: Sequence[str]) -> None:
        super().__init__(
            f"Unsupported protocol version. Supported are: {', '.join(supported)}",
            data={"supported": list(supported), "requested": requested},
        )


class ToolError(Exception):
    """Raised by a tool, with a message that the model can read and act on (MCP 2026-07-28, tools: error handling)."""


class ScopeRequired(Exception):
    """A call needs a scope that the caller was not granted; the transport answers it before any stream begins."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class SignInRequired(Exception):
    """A caller without a token requests what is not public; the transport answers with the challenge."""
