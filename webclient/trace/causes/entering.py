"""Causes of refusals at the endpoint that no sign-in resolves, and causes concerning sessions."""

from ...cause_code import CauseCode
from .cause import Cause

HTTP = "MCP 2026-07-28, Streamable HTTP"

ENTERING = {
    CauseCode.FORBIDDEN: Cause(
        "The server refuses this client",
        "It responds with status 403 and without a challenge, so signing in would not help. The response may come "
        "from a firewall, a proxy or a check of the Origin header.",
        "Find out which program responded (see the Server header and its log), and let POST requests with JSON reach "
        "this path.",
        HTTP,
    ),
    CauseCode.FORBIDDEN_WITH_TOKEN: Cause(
        "The server refuses the token without giving a reason",
        "It responds with status 403 to a request with a token, and names no scope that would help. The account may "
        "lack a role, or the server does not accept the audience, issuer or tenant of the token.",
        "Respond to an invalid token with 401 and error=invalid_token, and to a missing permission with 403, "
        "error=insufficient_scope and scope. Clients can act on these.",
        "RFC 6750 section 3.1",
    ),
    CauseCode.HOST_REFUSED: Cause(
        "The server refuses the host name of the request",
        "It refused the request because of its Host or Origin header. This is a protection against DNS rebinding, "
        "which has to know the names under which the server is reached.",
        "Allow the host name and port that clients use; behind a proxy, the public ones. In the official Python SDK, "
        "this is allowed_hosts in the transport security settings.",
        HTTP,
    ),
    CauseCode.NO_CHALLENGE: Cause(
        "The server requires a sign-in, but sends no challenge",
        "The response says that credentials are missing, but with another status than 401. Clients start a sign-in "
        "only after status 401 with a challenge.",
        'Respond with 401 and WWW-Authenticate: Bearer resource_metadata="..." when the token is missing or invalid. '
        "The default of many frameworks is 403.",
        "RFC 6750 section 3.1",
        "A server that accepts only API keys also behaves like this. Ask its owner for a key.",
    ),
    CauseCode.BOT_WALL: Cause(
        "A protection against bots blocks the request",
        "The response is a page that runs a script before it lets a browser through. MCP clients are not browsers, so "
        "none of them can pass.",
        "Exempt the MCP endpoint, everything under /.well-known/, and the token and registration endpoints from the "
        "protection.",
        HTTP,
    ),
    CauseCode.RATE_LIMITED: Cause(
        "Too many requests",
        "The server asks clients to slow down (status 429).",
        "If there were only few requests, the limit probably counts everybody behind the same address, such as a "
        "proxy, as one client.",
        "RFC 6585 section 4",
        "Wait a minute and try again.",
    ),
    CauseCode.SESSION_LOST: Cause(
        "The server loses its sessions",
        "It issued a session id in the handshake and responded to the next message with 404 (unknown session). A "
        "second session was lost in the same way.",
        "Store sessions where every process can read them, let the load balancer send each session to one process, or "
        "use no sessions. Usual reasons are several workers, a serverless platform, or a handler that is created for "
        "each request.",
        "MCP 2025-11-25, session management",
        "Try again; it succeeds only when the requests happen to reach the same process.",
    ),
    CauseCode.SESSION_REQUIRED: Cause(
        "The server requires a session id too early",
        "It refuses the handshake without a session id, but the client receives the session id only in the response "
        "to the handshake.",
        "Accept initialize without Mcp-Session-Id, and return the session id with the response. If there are several "
        "processes, the one that responded may not know the session of another.",
        "MCP 2025-11-25, session management",
    ),
}
