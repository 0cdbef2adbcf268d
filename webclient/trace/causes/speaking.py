"""Causes in the MCP messages of a server."""

from ...cause_code import CauseCode
from .cause import Cause

HTTP = "MCP 2026-07-28, Streamable HTTP"

SPEAKING = {
    CauseCode.FOREIGN_ENDPOINT: Cause(
        "The server has its messages sent elsewhere",
        "Servers of the oldest revision say on their stream where messages go. This one names another host than its "
        "own, and the token would go along.",
        "Name a path (/messages/?session_id=...). Behind a proxy, tell the server its public root path.",
        "MCP 2024-11-05, HTTP with SSE",
    ),
    CauseCode.NOT_FOUND: Cause(
        "There is no MCP endpoint here",
        "The host is there, but it knows nothing at this path.",
        "Serve MCP at the path that you tell people; /mcp is the custom.",
        HTTP,
        "Check the path. Often it is /mcp.",
    ),
    CauseCode.NOT_FOUND_AT_MCP: Cause(
        "There is no MCP endpoint here",
        "The host is there, but it knows nothing at this path, although it is the customary one.",
        "Serve MCP at the path that you tell people. Mounted applications often end up one level deeper (/mcp/mcp), "
        "or at the root.",
        HTTP,
        "Check the path: some servers serve MCP at /, at /sse, or one level deeper.",
    ),
    CauseCode.METHOD_NOT_ALLOWED: Cause(
        "It takes no POST",
        "MCP messages are sent with POST, and the server does not accept that here.",
        "Route POST to the MCP server at this path. If a page is served there, the MCP endpoint is somewhere else.",
        HTTP,
    ),
    CauseCode.NOT_ACCEPTABLE: Cause(
        "It refuses the kinds of answer that MCP uses",
        "The client accepts application/json and text/event-stream, as it must, and the server says that it can give "
        "neither.",
        "Answer with one of the two. A proxy or framework that compares Accept too strictly is often to blame.",
        HTTP,
    ),
    CauseCode.UNSUPPORTED_MEDIA_TYPE: Cause(
        "It does not take JSON",
        "The message went out as application/json, which the server refuses.",
        "Accept POST with Content-Type: application/json at the MCP endpoint.",
        HTTP,
    ),
    CauseCode.HTML: Cause(
        "A web page came instead of JSON",
        "Something answered that is meant for people: a sign-in page, an error page, the start page of an application.",
        "Let this path reach the server itself. A proxy's login wall, or a fallback of a single-page application, "
        "catches it now.",
        HTTP,
        "Check the path: you may have the address of the web page, not that of the MCP endpoint.",
    ),
    CauseCode.WRONG_CONTENT_TYPE: Cause(
        "The answer is of an unknown kind",
        "MCP answers are application/json or text/event-stream. This one says it is something else.",
        "Set the Content-Type of the answer.",
        HTTP,
    ),
    CauseCode.NOT_JSON: Cause(
        "The answer is not the JSON it says it is",
        "It could not be read: cut off, empty, or followed by something else.",
        "Look at what is sent under this address: one JSON object, nothing before and nothing after.",
        HTTP,
    ),
    CauseCode.EMPTY: Cause(
        "The answer is empty",
        "The status says that all went well, and there is no body: neither a result nor an error.",
        "Answer requests with JSON or an event stream. An empty body is for notifications, with status 202.",
        HTTP,
    ),
    CauseCode.NOT_MCP: Cause(
        "What answers is not MCP",
        "The answer can be read, but it is no JSON-RPC result or error for the question that was asked.",
        "Answer with jsonrpc 2.0, the id of the request, and result or error.",
        HTTP,
    ),
    CauseCode.UNREADABLE: Cause(
        "A message cannot be read",
        "The server was understood before. This message of its is no JSON-RPC, or no JSON that can be read; the step "
        "says what is wrong with it.",
        'Write JSON in UTF-8, without NaN and Infinity, of few levels; in each response "jsonrpc": "2.0", the id, and '
        "either result or error, never both.",
        "MCP 2026-07-28",
    ),
    CauseCode.UNAVAILABLE: Cause(
        "The server is not available at the moment",
        "It, or a proxy in front of it, answers with status 503: overloaded, starting, or down for maintenance.",
        "If it lasts, look whether the server behind the proxy runs, and at its log.",
        "RFC 9110 section 15.6.4",
        "Try again later.",
    ),
    CauseCode.TOKEN_NOT_TAKEN: Cause(
        "The server does not take the token, and does not say so as it should",
        "It asked for a sign-in. Now it answers the request that carries the token with an error that is no word of "
        "OAuth, and no message of MCP.",
        'Answer a token that is not good with 401 and WWW-Authenticate: Bearer error="invalid_token". If the token is '
        "good, the request fails at"
        " something else: look into the log of the server at the time of this step.",
        "RFC 6750 section 3.1",
    ),
    CauseCode.SERVER_ERROR: Cause(
        "The server broke",
        "It answers with a 5xx status: it failed at something of its own.",
        "The reason is in the server's log, at the time of this step. If a proxy answered (502, 503, 504), the server "
        "behind it was not there.",
        "RFC 9110 section 15.6",
        "Try again later.",
    ),
    CauseCode.VERSION: Cause(
        "They share no revision of MCP",
        "The server speaks only revisions that this client does not.",
        "Speak one of 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26.",
        "MCP 2026-07-28, versioning",
    ),
    CauseCode.HEADER_MISMATCH: Cause(
        "Headers and message disagree",
        "The server compared the headers of the request with the message in it, and found a difference.",
        "If a proxy changes headers, stop it. If the schema of the tool has changed, listing the tools again helps.",
        "MCP 2026-07-28, request metadata",
    ),
    CauseCode.RPC_ERROR: Cause(
        "The server refused the request",
        "It understood the message and answered with a JSON-RPC error. Its own words are in the answer.",
        "The code says what kind: -32601 unknown method, -32602 bad parameters, -32603 an error inside the server.",
        "MCP 2026-07-28, tools",
    ),
    CauseCode.NO_ANSWER: Cause(
        "The stream ends before the answer",
        "The server began to answer and then closed the connection, or the stream it had promised to answer on, "
        "without saying what came of it.",
        "Send the response before the stream ends. If the server hangs up on purpose, give the events an id and let "
        "clients go on from there.",
        "MCP 2025-11-25, Streamable HTTP",
        "Try again; but the server may have done already what it was asked to do.",
    ),
    CauseCode.ENDLESS: Cause(
        "The server comes to no end",
        "It asked for more, or sent more, than any single request needs, so this client stopped.",
        "Let each request end: with a result, with an error, or as a task.",
        "MCP 2026-07-28, multi round-trip requests",
    ),
    CauseCode.MISSHAPEN: Cause(
        "The answer lacks what it must have",
        "It is a message of MCP, but not of the shape that the specification gives to the answer of this request.",
        "Compare the answer with the schema of the revision that is spoken.",
        "MCP 2026-07-28",
    ),
    CauseCode.UNANSWERABLE: Cause(
        "The server asks for something it was not offered",
        "A client says with each request, or when it shakes hands, what it can be asked. Servers must not ask for "
        "anything else.",
        "Look at the client's capabilities before asking, and make the question one of the kinds that they name.",
        "MCP 2026-07-28, multi round-trip requests",
    ),
    CauseCode.WRONG_ANSWER: Cause(
        "What was answered is not what was asked for",
        "The server said of what form the answer must be. This one is not, so it was not sent.",
        "If people cannot give such an answer, ask for something simpler.",
        "MCP 2026-07-28, elicitation",
        "Do it again, and look at what each field wants.",
    ),
    CauseCode.BROKEN_PROMISE: Cause(
        "The result is not what the tool promises",
        "The tool has an output schema, and its result does not fit it, or the schema cannot be used at all. Programs "
        "that rely on it would stumble.",
        "Return what the schema says, or change the schema. It must not refer to anything outside itself.",
        "MCP 2026-07-28, tools",
    ),
    CauseCode.TOOL_FAILED: Cause(
        "The tool ran and says that it failed",
        "That is no error of the protocol: the tool itself reports it, in its result.",
        "If the message helps nobody, let the tool say what to do instead.",
        "MCP 2026-07-28, tools",
        "Read what it says; often another argument helps.",
    ),
    CauseCode.TASK_FAILED: Cause(
        "The task came to no result",
        "The call was accepted and went on as a task. The server says now that the task failed, was cancelled, or is "
        "not known any more.",
        "Say in the status message of the task why it failed, and keep a task for as long as its ttl says.",
        "MCP 2025-11-25, tasks/get",
        "Call the tool again; but the server may have done already what it was asked to do.",
    ),
    CauseCode.FILE_MISMATCH: Cause(
        "The file is not the one that was listed",
        "The server's list says of what size the file is and which digest it has, and how it describes itself. The "
        "file differs.",
        "List the file as it is: compute size and digest from what is served.",
    ),
}
