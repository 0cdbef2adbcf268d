"""Causes in the MCP messages of a server."""

from ...cause_code import CauseCode
from .cause import Cause

HTTP = "MCP 2026-07-28, Streamable HTTP"

SPEAKING = {
    CauseCode.FOREIGN_ENDPOINT: Cause(
        "The server names another host for its messages",
        "A server of the oldest revision names the address for messages on its stream. This one names another host "
        "than its own, which would receive the token.",
        "Name a path (/messages/?session_id=...). Behind a proxy, configure the public root path.",
        "MCP 2024-11-05, HTTP with SSE",
    ),
    CauseCode.NOT_FOUND: Cause(
        "There is no MCP endpoint at this address",
        "The host exists, but it responds with 404 (not found) for this path.",
        "Serve MCP at the path that you publish; /mcp is usual.",
        HTTP,
        "Check the path. Often it is /mcp.",
    ),
    CauseCode.NOT_FOUND_AT_MCP: Cause(
        "There is no MCP endpoint at this address",
        "The host exists, but it responds with 404 (not found) for this path, although /mcp is the usual one.",
        "Serve MCP at the path that you publish. Mounted applications often are one level deeper (/mcp/mcp), or at "
        "the root.",
        HTTP,
        "Check the path: some servers serve MCP at /, at /sse, or one level deeper.",
    ),
    CauseCode.METHOD_NOT_ALLOWED: Cause(
        "The server does not accept POST",
        "Clients send MCP messages with POST, which the server does not accept at this path.",
        "Route POST requests for this path to the MCP server. If the path serves a web page, the MCP endpoint is at "
        "another one.",
        HTTP,
    ),
    CauseCode.NOT_ACCEPTABLE: Cause(
        "The server refuses the media types of MCP",
        "The client accepts application/json and text/event-stream, as the specification requires, and the server "
        "says that it can send neither.",
        "Respond with one of the two. Often a proxy or framework compares the Accept header too strictly.",
        HTTP,
    ),
    CauseCode.UNSUPPORTED_MEDIA_TYPE: Cause(
        "The server does not accept JSON",
        "The message was sent as application/json, which the server refuses.",
        "Accept POST requests with Content-Type: application/json at the MCP endpoint.",
        HTTP,
    ),
    CauseCode.HTML: Cause(
        "The response is a web page instead of JSON",
        "The response is meant for people: a sign-in page, an error page, or the start page of an application.",
        "Let requests for this path reach the MCP server. Usual reasons are the sign-in page of a proxy and the "
        "fallback route of a single-page application.",
        HTTP,
        "Check the path. You may have entered the address of the website instead of the MCP endpoint.",
    ),
    CauseCode.WRONG_CONTENT_TYPE: Cause(
        "The response has an unexpected media type",
        "MCP responses are application/json or text/event-stream. The Content-Type of this one says something else.",
        "Set the Content-Type of the response.",
        HTTP,
    ),
    CauseCode.NOT_JSON: Cause(
        "The response is not valid JSON",
        "It claims to be JSON but cannot be read: it is incomplete, empty, or followed by other text.",
        "Check what is sent at this address. It must be one JSON object, with nothing before and nothing after it.",
        HTTP,
    ),
    CauseCode.EMPTY: Cause(
        "The response is empty",
        "The status means success, but there is no body: neither a result nor an error.",
        "Respond to requests with JSON or an event stream. Only notifications are answered with an empty body, with "
        "status 202.",
        HTTP,
    ),
    CauseCode.NOT_MCP: Cause(
        "The response is not MCP",
        "It can be read, but it is not a JSON-RPC result or error for the request.",
        "Respond with jsonrpc 2.0, the id of the request, and result or error.",
        HTTP,
    ),
    CauseCode.UNREADABLE: Cause(
        "A message cannot be read",
        "Earlier messages of the server could be read, but this one is not JSON-RPC or not valid JSON. The step says "
        "what is wrong with it.",
        'Write JSON in UTF-8, without NaN and Infinity and without deep nesting. Each response has "jsonrpc": "2.0", '
        "the id, and either result or error, never both.",
        "MCP 2026-07-28",
    ),
    CauseCode.UNAVAILABLE: Cause(
        "The server is not available at the moment",
        "The server, or a proxy in front of it, responds with status 503: it is overloaded, starting, or down for "
        "maintenance.",
        "If this does not pass, check whether the server behind the proxy runs, and read its log.",
        "RFC 9110 section 15.6.4",
        "Try again later.",
    ),
    CauseCode.TOKEN_NOT_TAKEN: Cause(
        "The server refuses the token, but not in the way of OAuth",
        "It asked for a sign-in. Now it responds to the request with the token with an error that is neither an OAuth "
        "challenge nor an MCP message.",
        'Respond to an invalid token with 401 and WWW-Authenticate: Bearer error="invalid_token". If the token is '
        "valid, the request fails for another reason; check the log of the server at the time of this step.",
        "RFC 6750 section 3.1",
    ),
    CauseCode.SERVER_ERROR: Cause(
        "The server failed",
        "It responds with a 5xx status, which means an error of the server itself.",
        "The log of the server has the reason, at the time of this step. If a proxy responded (502, 503, 504), it "
        "could not reach the server behind it.",
        "RFC 9110 section 15.6",
        "Try again later.",
    ),
    CauseCode.VERSION: Cause(
        "The client and the server support no common revision of MCP",
        "The server supports only revisions that this client does not support.",
        "Support one of 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26.",
        "MCP 2026-07-28, versioning",
    ),
    CauseCode.HEADER_MISMATCH: Cause(
        "The headers do not match the message",
        "The server compared the headers of the request with its message and found a difference.",
        "If a proxy changes headers, stop it. If the schema of the tool has changed, list the tools again.",
        "MCP 2026-07-28, request metadata",
    ),
    CauseCode.RPC_ERROR: Cause(
        "The server refused the request",
        "It understood the message and responded with a JSON-RPC error, which is shown in the response.",
        "The code names the kind of error: -32601 unknown method, -32602 invalid parameters, -32603 internal error of "
        "the server.",
        "MCP 2026-07-28, tools",
    ),
    CauseCode.NO_ANSWER: Cause(
        "The stream ended without a response",
        "The server closed the connection, or the stream on which it was to respond, before it sent the response.",
        "Send the response before you end the stream. If the server closes streams on purpose, give the events an id "
        "so that clients can resume.",
        "MCP 2025-11-25, Streamable HTTP",
        "Try again. Note that the server may have carried out the request already.",
    ),
    CauseCode.ENDLESS: Cause(
        "The server does not finish",
        "It asked for more, or sent more, than one request can need, so this client stopped.",
        "End each request with a result, with an error, or as a task.",
        "MCP 2026-07-28, multi round-trip requests",
    ),
    CauseCode.MISSHAPEN: Cause(
        "The response lacks required members",
        "It is an MCP message, but it does not have the form that the specification requires for this response.",
        "Compare the response with the schema of the revision in use.",
        "MCP 2026-07-28",
    ),
    CauseCode.UNANSWERABLE: Cause(
        "The server asks for something that the client does not offer",
        "A client declares with each request, or in the handshake, what it can be asked for. Servers must not ask for "
        "anything else.",
        "Check the capabilities of the client before you ask, and ask only for what they name.",
        "MCP 2026-07-28, multi round-trip requests",
    ),
    CauseCode.WRONG_ANSWER: Cause(
        "The answer does not fit the question",
        "The server specified the form of the answer. This answer has another form, so it was not sent.",
        "If people cannot give such an answer, ask for something simpler.",
        "MCP 2026-07-28, elicitation",
        "Try again, and check what each field requires.",
    ),
    CauseCode.BROKEN_PROMISE: Cause(
        "The result does not fit the output schema of the tool",
        "The tool has an output schema. Its result does not fit the schema, or the schema cannot be used. Programs "
        "that rely on it would fail.",
        "Return what the schema describes, or change the schema. It must not refer to other documents.",
        "MCP 2026-07-28, tools",
    ),
    CauseCode.TOOL_FAILED: Cause(
        "The tool reports a failure",
        "This is not an error of the protocol: the tool ran, and its result says that it failed.",
        "If the message does not help people, say in it what they can do instead.",
        "MCP 2026-07-28, tools",
        "Read the message. Often other arguments help.",
    ),
    CauseCode.TASK_FAILED: Cause(
        "The task ended without a result",
        "The call was accepted and continued as a task. Now the server says that the task failed, was cancelled, or "
        "is unknown.",
        "Give the reason in the status message of the task, and keep a task for as long as its ttl.",
        "MCP 2025-11-25, tasks/get",
        "Call the tool again. Note that the server may have carried out the request already.",
    ),
    CauseCode.FILE_MISMATCH: Cause(
        "The file differs from its listing",
        "The list of the server states the size, digest and description of the file. The file that was sent differs.",
        "Compute size and digest from the file that you serve.",
    ),
}
