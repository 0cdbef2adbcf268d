"""Why an endpoint lets nobody in, read from its status and its own words: many servers say it in other ways than the specification has for it."""

import re

from ...http.error_text import complaint
from ..recording.hops import CLIENT, MCP, Hop, Message

SIGN_IN = re.compile(
    r"(?i)\b(un-?authori[sz]ed|not authori[sz]ed|authorization|(un)?authentica\w*|log ?in|sign ?in|api[ _-]?key|access token|bearer|credentials?)\b"
)
SESSION = re.compile(r"(?i)\bsession")
WHERE_FROM = re.compile(r"(?i)\b(host|origin)\b")
FOR_BROWSERS = re.compile(r"(?i)just a moment|attention required|verify(ing)? (that )?you are (a )?human|checking your browser")
IN_FRONT = frozenset({"forbidden", "html", "server_error", "bot_wall", "redirect", "not_found", "not_found_at_mcp", "method_not_allowed"})
"""Where it helps to know which program answered: often it is not the server itself."""


def reason(hop: Hop, answer: Message) -> str:
    """The entry of CAUSES; empty when status and words say nothing in particular."""
    words = complaint(answer.body, answer.kind)
    if answer.header("cf-mitigated") == "challenge" or (hop.status in (403, 429, 503) and answer.kind == "text/html" and FOR_BROWSERS.search(words)):
        return "bot_wall"
    if hop.target != MCP or hop.source != CLIENT or hop.error == "NoMetadata":
        return ""
    if hop.status == 406:
        return "not_acceptable"
    if hop.status in (400, 404) and SESSION.search(words):
        return "session_lost" if _sent(hop, "mcp-session-id") else "session_required"
    if SIGN_IN.search(words) and not _sent(hop, "authorization") and (hop.status in (400, 403) or (hop.status == 200 and hop.error == "StrangeAnswer")):
        return "no_challenge"
    return _forbidden(hop, words) if hop.status in (403, 421) else ""


def _forbidden(hop: Hop, words: str) -> str:
    if hop.status == 421 or WHERE_FROM.search(words):
        return "host_refused"
    return "forbidden_with_token" if _sent(hop, "authorization") else "forbidden"


def _sent(hop: Hop, header: str) -> bool:
    return any(name.lower() == header for exchange in hop.exchanges for name, _ in exchange.request.headers)


def evidence(code: str, hop: Hop) -> str:
    """The address that leads nowhere, or which program says that it answered."""
    if code in ("no_token_endpoint", "no_registration_endpoint"):
        return f"The address is {hop.url}."
    named = hop.answer.header("Server")
    return f"What answered calls itself {named[:80]}." if code in IN_FRONT and named else ""
