"""The cause of a failed hop: that of its error, refined by the answer where the error's cause is a general one."""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ...cause_code import CauseCode
from ...json_text import JsonObject
from ..recording import AUTH, CLIENT, FAILED, INFO, MCP, YOU, Hop
from . import refusal_reason, refusals
from .quoted_error import described
from .token_claims import token_in

Decision = Callable[[Hop], CauseCode | None]

STATUSES = {
    404: CauseCode.NOT_FOUND,
    405: CauseCode.METHOD_NOT_ALLOWED,
    406: CauseCode.NOT_ACCEPTABLE,
    415: CauseCode.UNSUPPORTED_MEDIA_TYPE,
    429: CauseCode.RATE_LIMITED,
}
DPOP_ERRORS = frozenset({"invalid_dpop_proof", "use_dpop_nonce"})
RPC_CODES = {-32022: CauseCode.VERSION, -32020: CauseCode.HEADER_MISMATCH}
JSON_KINDS = ("application/json", "text/event-stream")


def cause_code(hop: Hop) -> CauseCode | None:
    """The cause of a hop that failed or was refused for good; None for any other."""
    if hop.outcome == INFO:
        return _of_refusal(hop)
    if hop.outcome != FAILED:
        return None
    cause = hop.cause or CauseCode.UNKNOWN
    found = (decide(hop) for decide in GENERAL.get(cause, ()))
    return next((exact for exact in found if exact), cause)


def answer_document(hop: Hop) -> JsonObject:
    """The JSON object of the last answer, as far as it was kept; empty when there was none."""
    try:
        value = json.loads(hop.answer.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _challenge(hop: Hop) -> str:
    return hop.answer.header("WWW-Authenticate")


def _of_refusal(hop: Hop) -> CauseCode | None:
    """The cause of a 401 to a request with a token, or of a 403; None for any other refusal.

    It is no failure while somebody can still act on it.
    """
    if hop.target != MCP or hop.status not in (401, 403):
        return None
    if hop.status == 403:
        return CauseCode.INSUFFICIENT_SCOPE
    if not any(name.lower() == "authorization" for exchange in hop.exchanges for name, _ in exchange.request.headers):
        return None
    if any(error in _challenge(hop) for error in DPOP_ERRORS):
        return CauseCode.DPOP
    return refusals.reason(token_in(hop), hop.url, hop.at, described(hop.answer))


def _by_rpc(hop: Hop) -> CauseCode | None:
    """The cause by the code of a JSON-RPC error in the answer."""
    error = answer_document(hop).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if code is None:
        return None
    return RPC_CODES.get(code, CauseCode.RPC_ERROR) if isinstance(code, int) else CauseCode.RPC_ERROR


def _by_status(hop: Hop) -> CauseCode | None:
    if hop.status is None:
        return None
    if 300 <= hop.status < 400 and hop.source == CLIENT:
        return CauseCode.REDIRECT
    if hop.status == 401:
        return _of_refusal(hop)
    if hop.status == 404 and hop.target == MCP and urlsplit(hop.url).path.rstrip("/").endswith("/mcp"):
        return CauseCode.NOT_FOUND_AT_MCP
    if hop.status >= 500:
        return CauseCode.SERVER_ERROR
    return STATUSES.get(hop.status) if hop.target == MCP or hop.status == 429 else None


def _by_kind(hop: Hop) -> CauseCode | None:
    """The cause by the media type of the answer, and by whether the body matches it."""
    answer = hop.answer
    if hop.status is None or hop.target not in (MCP, AUTH) or hop.source == YOU:
        return None
    if answer.kind == "text/html" or re.match(r"\s*<(!doctype|html)", answer.body, re.IGNORECASE):
        return CauseCode.HTML
    if '"isError": true' in answer.body:
        return CauseCode.TOOL_FAILED
    if hop.target == MCP and answer.kind and answer.kind not in JSON_KINDS:
        return CauseCode.WRONG_CONTENT_TYPE
    return (
        CauseCode.NOT_JSON
        if answer.kind == "application/json" and not answer.cut and not _is_json(answer.body)
        else None
    )


def _by_tool(hop: Hop) -> CauseCode | None:
    return (
        CauseCode.TOOL_FAILED if any(fact.name == "isError" and fact.value == "true" for fact in hop.received) else None
    )


BY_ANSWER = (refusal_reason.bot_wall, refusal_reason.reason, _by_tool, _by_rpc, _by_status, _by_kind)
BY_WALL = (refusal_reason.bot_wall,)
GENERAL: Mapping[CauseCode, tuple[Decision, ...]] = {
    CauseCode.UNKNOWN: BY_ANSWER,
    CauseCode.NOT_MCP: BY_ANSWER,
    CauseCode.RPC_ERROR: (refusal_reason.bot_wall, refusal_reason.reason, _by_tool, _by_rpc),
    CauseCode.NO_RESOURCE_METADATA: BY_WALL,
    CauseCode.NO_ISSUER_METADATA: BY_WALL,
    CauseCode.REGISTRATION_REFUSED: BY_WALL,
    CauseCode.REGISTRATION_NEEDS_TOKEN: BY_WALL,
    CauseCode.TOKEN_REFUSED: BY_WALL,
}
"""Causes that the answer may refine, each with its deciders in order.

Every other cause stays as the error gives it.
"""
