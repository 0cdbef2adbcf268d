"""Streamable HTTP: the MCP endpoint, for 2026-07-28 and, without sessions, for 2025-11-25 and 2025-06-18."""

import logging
import secrets
from collections.abc import Collection, Sequence
from typing import Protocol

from aiohttp import web

from ..mcp.errors import HeaderMismatch, RpcError, ScopeRequired, UnsupportedVersion
from ..mcp.jsonrpc import MessageId, Notification, Request, error_message, message_id, parse, result_message
from ..mcp.revisions import HANDSHAKE_VERSIONS, MODERN_VERSION, SUPPORTED
from ..mcp.revisions.modern import requested_version, require_meta
from ..mcp.server import MCPServer
from ..oauth.errors import BearerError
from ..principal import User
from .answer import Answer, encode
from .departure import ends_with_client
from .headers import Headers, require_headers
from .origins import Origins

_log = logging.getLogger(__name__)


class Gate(Protocol):
    """Who may pass; ``oauth.resource_server.ResourceServer`` is one."""

    async def authenticate(self, authorization: Sequence[str], query: Collection[str]) -> User:
        """From every Authorization value and the names of the query's parameters to the caller. Raises BearerError."""

    def require_scope(self, user: User, scope: str) -> None:
        """Raises BearerError with status 403 unless every scope was granted."""


MAX_BODY_SIZE = 4 * 1024 * 1024

_OF_THE_TRANSPORT = (HeaderMismatch, UnsupportedVersion)
"""Before 2026-07-28 only these have a status of their own; what a method refuses is an answer like any other."""


class StreamableHTTP:
    """``gate`` is None for a server without sign-in; ``max_body_size`` is in bytes."""

    def __init__(
        self,
        server: MCPServer,
        gate: Gate | None,
        *,
        public_url: str | None = None,
        allowed_origins: Collection[str] = (),
        max_body_size: int = MAX_BODY_SIZE,
    ) -> None:
        self._server = server
        self._gate = gate
        self._origins = Origins.of(public_url, allowed_origins)
        self._max_body_size = max_body_size

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Every method of the endpoint."""
        origin = request.headers.get("Origin")
        if not self._origins.admits(origin):
            return web.json_response(error_message(None, {"code": -32600, "message": "This origin may not call here."}), status=403)
        if request.method == "OPTIONS":
            return self._origins.preflight(request)
        try:
            user = await self._caller(request)
            return await self._post(request, user) if request.method == "POST" else self._refuse_method(request)
        except BearerError as error:
            return self._challenge(request, error)

    async def _caller(self, request: web.Request) -> User | None:
        if self._gate is None:
            return None
        return await self._gate.authenticate(request.headers.getall("Authorization", []), request.query)

    def _refuse_method(self, request: web.Request) -> web.Response:
        """MCP 2026-07-28: no GET stream, nothing to DELETE; and 2025-11-25 lets a server offer neither."""
        answer = error_message(None, {"code": -32600, "message": "Send messages with POST: this server keeps no sessions and offers no stream by GET."})
        return web.json_response(answer, status=405, headers={"Allow": "POST, OPTIONS", **self._cors(request)})

    def _challenge(self, request: web.Request, error: BearerError) -> web.Response:
        body = {"error": error.code or "unauthorized", "error_description": error.description}
        return web.json_response(
            body, status=error.status, headers={"WWW-Authenticate": error.www_authenticate, "Cache-Control": "no-store", **self._cors(request)}
        )

    def _cors(self, request: web.Request) -> dict[str, str]:
        return self._origins.headers(request.headers.get("Origin"))

    async def _post(self, request: web.Request, user: User | None) -> web.StreamResponse:
        """One message in, one answer out (MCP 2026-07-28, Streamable HTTP: sending messages)."""
        refusal = self._refuse_media(request)
        if refusal is not None:
            return refusal
        try:
            body = await self._read(request)
        except web.RequestPayloadError:
            answer = self._refuse(request, 400, "The body is not what its headers say: its length or its compression is wrong.")
            answer.force_close()  # nobody knows where the next request would begin
            return answer
        if body is None:
            return self._refuse(request, 413, f"The message is larger than {self._max_body_size} bytes.")
        try:
            message = parse(body)
        except RpcError as error:
            return self._rpc_error(request, message_id(body), error)
        return self._accept(request) if isinstance(message, Notification) else await self._answer(request, message, user)

    def _accept(self, request: web.Request) -> web.Response:
        """A notification: nothing here waits for one, but a revision that is not spoken is refused (2025-11-25, transports: protocol version header)."""
        version = request.headers.get("MCP-Protocol-Version")
        if version is not None and version not in SUPPORTED:
            return self._rpc_error(request, None, UnsupportedVersion(version, SUPPORTED))
        return web.Response(status=202, headers=self._cors(request))

    def _refuse_media(self, request: web.Request) -> web.Response | None:
        if request.content_type != "application/json":
            return self._refuse(request, 415, "Send the message as application/json.")
        if not _accepts(request, "application/json") and not _accepts(request, "text/event-stream"):
            return self._refuse(request, 406, "Accept application/json and text/event-stream.")
        return None

    def _refuse(self, request: web.Request, status: int, sentence: str) -> web.Response:
        answer = error_message(None, {"code": -32600, "message": sentence})
        return web.json_response(answer, status=status, headers=self._cors(request))

    async def _read(self, request: web.Request) -> bytes | None:
        """None when it is too large; then the rest is not read."""
        body = bytearray()
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > self._max_body_size:
                return None
        return bytes(body)

    async def _answer(self, request: web.Request, message: Request, user: User | None) -> web.StreamResponse:
        answer = Answer(request, self._cors(request), stream_only=not _accepts(request, "application/json"))
        try:
            result = await self._result(request, message, user, answer)
        except RpcError as error:
            status = error.status if _is_modern(message, request) or isinstance(error, _OF_THE_TRANSPORT) else 200
            return await answer.finish(error_message(message.id, error.as_dict()), status=status)
        except BearerError:
            raise
        except Exception:
            return await answer.finish(error_message(message.id, _fault(message)), status=500)
        return await answer.finish(result_message(message.id, result))

    async def _result(self, request: web.Request, message: Request, user: User | None, answer: Answer) -> dict[str, object]:
        """Choose the era by how the client opens (MCP 2026-07-28, versioning: backward compatibility)."""
        try:
            if _is_modern(message, request):
                self._require_modern(message, request.headers)
                with ends_with_client(request):
                    return await self._server.handle(message, user, answer.notify)
            version = _require_handshake_version(message, request.headers)
            return await self._server.handle_handshake(message, user, answer.notify, version=version)
        except ScopeRequired as required:
            # A true 403: the scope is checked before a tool runs, so no stream has begun (RFC 6750 section 3.1).
            if user is not None and self._gate is not None:
                self._gate.require_scope(user, required.scope)
            raise

    def _require_modern(self, message: Request, headers: Headers) -> None:
        """Raises RpcError."""
        require_meta(message)
        version = requested_version(message) or ""
        tool = self._server.find_tool(message.params.get("name")) if message.method == "tools/call" else None
        if headers.getall("MCP-Protocol-Version", ()) == [version] and version != MODERN_VERSION:
            raise UnsupportedVersion(version, SUPPORTED)
        require_headers(message, headers, version=version, tool=tool)

    def _rpc_error(self, request: web.Request, request_id: MessageId | None, error: RpcError) -> web.Response:
        body = encode(error_message(request_id, error.as_dict()))
        return web.Response(body=body, status=error.status, content_type="application/json", headers=self._cors(request))


def _is_modern(message: Request, request: web.Request) -> bool:
    """By ``_meta`` or by header; but ``initialize`` without a modern ``_meta`` is how the earlier era opens, whatever the header."""
    version = requested_version(message)
    if version is None or version in HANDSHAKE_VERSIONS:
        return message.method != "initialize" and request.headers.get("MCP-Protocol-Version") == MODERN_VERSION
    return True


def _require_handshake_version(message: Request, headers: Headers) -> str:
    """2025-11-25, Streamable HTTP: protocol version header; without one, the answer is the same in every revision served here."""
    sent = headers.getall("MCP-Protocol-Version", ())
    if message.method == "initialize" or not sent:
        return HANDSHAKE_VERSIONS[0]
    if len(sent) > 1:
        raise HeaderMismatch("Header mismatch: MCP-Protocol-Version must be sent once.")
    if sent[0] not in HANDSHAKE_VERSIONS:
        raise UnsupportedVersion(sent[0], SUPPORTED)
    return sent[0]


def _accepts(request: web.Request, media_type: str) -> bool:
    accept = ",".join(request.headers.getall("Accept", [])).lower() or "*/*"
    ranges = {part.partition(";")[0].strip() for part in accept.split(",")}
    return bool(ranges & {media_type, media_type.partition("/")[0] + "/*", "*/*"})


def _fault(message: Request) -> dict[str, object]:
    reference = secrets.token_hex(6)
    _log.exception("fault %s in %s", reference, message.method)
    return {"code": -32603, "message": f"Something went wrong here. The reference {reference} leads to the reason in the server's log."}
