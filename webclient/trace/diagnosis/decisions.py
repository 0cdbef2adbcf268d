"""From what a failed hop shows to the cause in the catalogue."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ..causes import CAUSES
from ..recording.hops import AUTH, CLIENT, FAILED, INFO, MCP, YOU, Hop
from . import refusal_reason, refusals
from .quoted_error import described

BROKEN_RULES = (
    ("RFC 9728 section 3.3", "resource_mismatch"),
    ("RFC 8414 section 3.3", "issuer_mismatch"),
    ("RFC 7636", "no_s256"),
    ("RFC 9207", "iss_mismatch"),
    ("RFC 9728 section 7.7", "unsafe_address"),
    ("RFC 8414 section 2", "unsafe_address"),
    ("OAuth 2.1 section 1.5", "unsafe_address"),
    ("MCP 2025", "version"),
)
STATUSES = {404: "not_found", 405: "method_not_allowed", 406: "not_acceptable", 415: "unsupported_media_type", 429: "rate_limited"}
TOKEN_ERRORS = frozenset({"invalid_grant", "invalid_client", "invalid_scope", "invalid_target", "unauthorized_client"})
DPOP_ERRORS = frozenset({"invalid_dpop_proof", "use_dpop_nonce"})
RPC_CODES = {-32022: "version", -32020: "header_mismatch"}
JSON_KINDS = ("application/json", "text/event-stream")


def cause_code(hop: Hop) -> str:
    """The key into CAUSES for a hop that failed; empty for one that did not."""
    if hop.outcome == INFO:
        return _of_refusal(hop)
    if hop.outcome != FAILED:
        return ""
    if hop.cause in CAUSES:
        return hop.cause
    found = (decide(hop) for decide in DECISIONS)
    return next((code for code in found if code), "unknown")


def answer_document(hop: Hop) -> dict[str, Any]:
    """The last answer's JSON object as far as it was kept, empty when it was none."""
    try:
        value = json.loads(hop.answer.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _succeeded(hop: Hop) -> bool:
    return hop.status is not None and 200 <= hop.status < 300


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _challenge(hop: Hop) -> str:
    return hop.answer.header("WWW-Authenticate")


def _of_refusal(hop: Hop) -> str:
    """A 401 with a token along, or a 403 that names a scope: no failure while somebody can still act on it."""
    if hop.target != MCP or hop.status not in (401, 403):
        return ""
    if hop.status == 403:
        return "insufficient_scope"
    if not any(name.lower() == "authorization" for exchange in hop.exchanges for name, _ in exchange.request.headers):
        return ""
    if any(error in _challenge(hop) for error in DPOP_ERRORS):
        return "dpop"
    return refusals.reason(refusals.token_in(hop), hop.url, hop.at, described(hop.answer))


def _by_check(hop: Hop) -> str:
    broken = next((check for check in hop.checks if not check.held), None)
    return next((code for rule, code in BROKEN_RULES if broken and broken.rule.startswith(rule)), "")


def _by_error(hop: Hop) -> str:
    if hop.error and hop.error not in KNOWN_ERRORS and not hop.error.startswith("Rpc") and hop.status is None and hop.source == CLIENT:
        return "own_fault" if "fault" in hop.meaning else ""
    if hop.error == "NoMetadata":
        return _metadata(hop)
    if hop.error == "NoRegistration":
        return ("registration_needs_token" if hop.status in (401, 403) else "registration_refused") if hop.url else "no_registration"
    if hop.error == "ConsentDenied":
        return _consent(hop)
    return ""


KNOWN_ERRORS = frozenset({"NoMetadata", "NoRegistration", "ConsentDenied", "TokenRefused", "Unreachable", "Untrusted", "ProtocolFailure", "StrangeAnswer"})


def _metadata(hop: Hop) -> str:
    if _succeeded(hop) and "authorization" in hop.meaning and hop.target == MCP and answer_document(hop):
        return "no_authorization_servers"
    return "no_resource_metadata" if hop.target == MCP else "no_issuer_metadata"


def _consent(hop: Hop) -> str:
    told = {fact.name: fact.value for fact in hop.received}
    if told.get("error") == "access_denied":
        return "denied"
    return "authorization_error" if told.get("error") else "no_code"


def _by_token_error(hop: Hop) -> str:
    if hop.error != "TokenRefused":
        return ""
    error = answer_document(hop).get("error")
    code = str(error.get("code") if isinstance(error, dict) else error)
    if code in DPOP_ERRORS:
        return "dpop"
    return code if code in TOKEN_ERRORS else "token_answer" if _succeeded(hop) and not error else "token_refused"


def _by_words(hop: Hop) -> str:
    return refusal_reason.reason(hop, hop.answer) if hop.status is not None else ""


def _by_rpc(hop: Hop) -> str:
    error = answer_document(hop).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if code is None and hop.error != "RpcError":
        return ""
    if isinstance(code, int) and code in RPC_CODES:
        return RPC_CODES[code]
    return "version" if "speaks only MCP" in hop.meaning else "rpc_error"


def _by_status(hop: Hop) -> str:
    if hop.status is None:
        return ""
    if 300 <= hop.status < 400 and hop.source == CLIENT:
        return "redirect"
    if hop.status == 401:
        return _of_refusal(hop)
    if hop.status == 404 and hop.target == MCP and urlsplit(hop.url).path.rstrip("/").endswith("/mcp"):
        return "not_found_at_mcp"
    return "server_error" if hop.status >= 500 else STATUSES.get(hop.status, "") if hop.target == MCP or hop.status == 429 else ""


def _by_kind(hop: Hop) -> str:
    answer = hop.answer
    if hop.status is None or hop.target not in (MCP, AUTH) or hop.source == YOU:
        return ""
    if answer.kind == "text/html" or re.match(r"\s*<(!doctype|html)", answer.body, re.IGNORECASE):
        return "html"
    if hop.outcome == FAILED and '"isError": true' in answer.body:
        return "tool_failed"
    if hop.target == MCP and answer.kind and answer.kind not in JSON_KINDS:
        return "wrong_content_type"
    if answer.kind == "application/json" and not answer.cut and not _is_json(answer.body):
        return "not_json"
    return "not_mcp" if hop.error in ("StrangeAnswer", "ProtocolFailure") else ""


def _by_tool(hop: Hop) -> str:
    return "tool_failed" if any(fact.name == "isError" and fact.value == "true" for fact in hop.received) else ""


DECISIONS: tuple[Callable[[Hop], str], ...] = (_by_check, _by_words, _by_error, _by_token_error, _by_tool, _by_rpc, _by_status, _by_kind)
