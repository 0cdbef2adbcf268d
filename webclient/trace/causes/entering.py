"""Causes of refusals at the endpoint that no sign-in resolves, and causes concerning sessions."""

from ...cause_code import CauseCode
from .cause import Cause

HTTP = "MCP 2026-07-28, Streamable HTTP"

ENTERING = {
    CauseCode.FORBIDDEN: Cause(
        "The server does not let this client in",
        "It answers 403 without a challenge, so signing in would not help. A firewall, a proxy, or a check of origins "
        "may have answered for it.",
        "Find out which program answered (the header Server, its log), and let POST requests with JSON through to "
        "this path.",
        HTTP,
    ),
    CauseCode.FORBIDDEN_WITH_TOKEN: Cause(
        "The server says no to a token, and not why",
        "It answers 403 to a request that carried a token, and names no permission that would help. The account may "
        "lack a role, or the server did not like"
        " the token: its audience, issuer or tenant.",
        "Refuse a bad token with 401 and error=invalid_token, a missing permission with 403, error=insufficient_scope "
        "and scope: clients act on that.",
        "RFC 6750 section 3.1",
    ),
    CauseCode.HOST_REFUSED: Cause(
        "The server does not know its own name",
        "It refused the request because of its Host or Origin: a protection against DNS rebinding that must be told "
        "under which names the server is reached.",
        "Allow the host name, with its port, under which people reach the server; behind a proxy, the public one. In "
        "the official Python SDK that is"
        " allowed_hosts of the transport security settings.",
        HTTP,
    ),
    CauseCode.NO_CHALLENGE: Cause(
        "It wants a sign-in, and does not ask for one",
        "Its words say that credentials are missing. But clients begin to sign in only at status 401 with a "
        "challenge, and this is another status.",
        'Answer 401 with WWW-Authenticate: Bearer resource_metadata="..." when the token is missing or bad. '
        "Frameworks often have 403 for it by default.",
        "RFC 6750 section 3.1",
        "A server that knows only API keys is like this, too: no sign-in leads to it. Ask its owner.",
    ),
    CauseCode.BOT_WALL: Cause(
        "A protection against robots is in the way",
        "What came is a page that only a browser can pass, as it has to run a script. MCP clients are programs: none "
        "of them gets through.",
        "Exempt the MCP endpoint, everything under /.well-known/, and the token and registration endpoints from the "
        "protection.",
        HTTP,
    ),
    CauseCode.RATE_LIMITED: Cause(
        "Too many requests",
        "The server asks for a pause (429).",
        "If nobody asked much, the limit counts people together who share an address, such as everybody behind one "
        "proxy.",
        "RFC 6585 section 4",
        "Wait a minute and try again.",
    ),
    CauseCode.SESSION_LOST: Cause(
        "The server forgets its sessions",
        "It gave a session when they shook hands, and with the very next message it did not know it: 404, also for a "
        "second session that was begun anew.",
        "Keep sessions where every process finds them, or let a load balancer send each session to one process; or do "
        "without sessions (stateless). Several"
        " workers, a serverless platform, or a handler that is made anew for each request are the usual reasons.",
        "MCP 2025-11-25, session management",
        "Nothing but trying again, which works by chance.",
    ),
    CauseCode.SESSION_REQUIRED: Cause(
        "The server wants a session before there can be one",
        "It refuses the handshake without a session id, which only its answer to the handshake can give.",
        "Let initialize in without Mcp-Session-Id, and give the id with its answer. Where requests reach several "
        "processes, the one that answers may not be the"
        " one that knows the session.",
        "MCP 2025-11-25, session management",
    ),
}
