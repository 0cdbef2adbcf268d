"""Responses with which the MCP endpoint refuses a request: JSON-RPC errors."""

from aiohttp import web

from ...mcp.protocol import InvalidMessage, MessageId, RpcError, error_message
from .response import encode, retry_headers


def refused(
    headers: dict[str, str], request_id: MessageId | None, error: RpcError, *, closes: bool = False
) -> web.Response:
    """An error as the whole answer; ``closes`` closes the connection, as the rest of the request is not read."""
    body = encode(error_message(request_id, error.as_dict()))
    answer = web.Response(
        body=body, status=error.status, content_type="application/json", headers=headers | retry_headers(error)
    )
    if closes:
        answer.force_close()
    return answer


def origin_refused() -> web.Response:
    """The 403 for an origin that is not allowed (MCP 2026-07-28, Streamable HTTP: security)."""
    return refused({}, None, InvalidMessage("This origin may not call here.", status=403))


def method_refused(headers: dict[str, str]) -> web.Response:
    """The 405 for methods other than POST: only sessions have GET and DELETE, and MCP 2026-07-28 has no sessions."""
    sentence = "Send messages with POST: GET and DELETE belong to sessions, which began with initialize."
    return refused({"Allow": "POST, OPTIONS", **headers}, None, InvalidMessage(sentence, status=405))
