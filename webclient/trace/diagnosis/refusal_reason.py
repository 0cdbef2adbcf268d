"""The reason of a refusal from its status and the server's words, for servers that do not answer as specified."""

import re

from ...cause_code import CauseCode
from ...http import complaint
from ..recording import CLIENT, MCP, Hop

SIGN_IN = re.compile(
    r"(?i)\b(un-?authori[sz]ed|not authori[sz]ed|authorization|(un)?authentica\w*|log ?in|sign ?in|api[ "
    r"_-]?key|access token|bearer|credentials?)\b"
)
SESSION = re.compile(r"(?i)\bsession")
WHERE_FROM = re.compile(r"(?i)\b(host|origin)\b")
FOR_BROWSERS = re.compile(
    r"(?i)just a moment|attention required|verify(ing)? (that )?you are (a )?human|checking your browser"
)
IN_FRONT = frozenset(
    {
        CauseCode.FORBIDDEN,
        CauseCode.HTML,
        CauseCode.SERVER_ERROR,
        CauseCode.BOT_WALL,
        CauseCode.REDIRECT,
        CauseCode.NOT_FOUND,
        CauseCode.NOT_FOUND_AT_MCP,
        CauseCode.METHOD_NOT_ALLOWED,
    }
)
"""Causes for which it helps to know which program answered, as often it is not the server itself."""
NOWHERE = (CauseCode.NO_TOKEN_ENDPOINT, CauseCode.NO_REGISTRATION_ENDPOINT)


def bot_wall(hop: Hop) -> CauseCode | None:
    """BOT_WALL when a protection against robots answered instead of the server; None otherwise."""
    answer = hop.answer
    page = hop.status in (403, 429, 503) and answer.kind == "text/html"
    walled = answer.header("cf-mitigated") == "challenge" or (
        page and FOR_BROWSERS.search(complaint(answer.body, answer.kind))
    )
    return CauseCode.BOT_WALL if hop.status is not None and walled else None


def reason(hop: Hop) -> CauseCode | None:
    """Why the MCP endpoint refuses; None when status and words are not specific."""
    if hop.status is None or hop.target != MCP or hop.source != CLIENT:
        return None
    words = complaint(hop.answer.body, hop.answer.kind)
    if hop.status == 406:
        return CauseCode.NOT_ACCEPTABLE
    if hop.status in (400, 404) and SESSION.search(words):
        return CauseCode.SESSION_LOST if _sent(hop, "mcp-session-id") else CauseCode.SESSION_REQUIRED
    if (
        SIGN_IN.search(words)
        and not _sent(hop, "authorization")
        and (hop.status in (400, 403) or (hop.status == 200 and hop.cause is CauseCode.NOT_MCP))
    ):
        return CauseCode.NO_CHALLENGE
    return _forbidden(hop, words) if hop.status in (403, 421) else None


def _forbidden(hop: Hop, words: str) -> CauseCode:
    if hop.status == 421 or WHERE_FROM.search(words):
        return CauseCode.HOST_REFUSED
    return CauseCode.FORBIDDEN_WITH_TOKEN if _sent(hop, "authorization") else CauseCode.FORBIDDEN


def _sent(hop: Hop, header: str) -> bool:
    return any(name.lower() == header for exchange in hop.exchanges for name, _ in exchange.request.headers)


def evidence(code: CauseCode | None, hop: Hop) -> str:
    """A sentence with the address that leads nowhere, or the name of the program that answered; empty otherwise."""
    if code in NOWHERE:
        return f"The address is {hop.url}."
    named = hop.answer.header("Server")
    return f"The Server header of the response is {named[:80]}." if code in IN_FRONT and named else ""
