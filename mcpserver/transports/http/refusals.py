"""Answers of the MCP endpoint that refuse a request, in JSON-RPC."""

from aiohttp import web

from ...mcp.protocol import InvalidMessage, MessageId, RpcError, error_message
from .response import encode, retry_headers


def refused(
    headers: dict[str, str], request_id: MessageId | None, error: RpcError, *, closes: bool = False
) -> web.Response:
    """An error as the whole answer; ``closes`` says that the rest of the request is not read."""
    body = encode(error_message(request_id, error.as_dict()))
    answer = web.Response(
        body=body, status=error.status, content_type="application/json", headers=headers | retry_headers(error)
    )
    if closes:
        answer.force_close()
    return answer


def origin_refused() -> web.Response:
    """MCP 2026-07-28, Streamable HTTP: security."""
    return refused({}, None, InvalidMessage("This origin may not call here.", status=403))


def method_refused(headers: dict[str, str]) -> web.Response:
    """MCP 2026-07-28 has no stream by GET and nothing to DELETE; before it, both belong to a session."""
    sentence = "Send messages with POST: GET and DELETE belong to sessions, which began with initialize."
    return refused({"Allow": "POST, OPTIONS", **headers}, None, InvalidMessage(sentence, status=405))
