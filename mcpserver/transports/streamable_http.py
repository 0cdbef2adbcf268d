"""Streamable HTTP: the MCP endpoint, for 2026-07-28 and for the revisions before it that begin with ``initialize``."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from aiohttp import web

from mcpbase.seal import Seal

from ..attribution import attribute, attribution_of, word
from ..busy import Busy
from ..mcp.dispatch.dispatcher import Dispatcher
from ..mcp.dispatch.modern import requested_version, require_meta
from ..mcp.features.registry import Registry
from ..mcp.legacy.sessions import MemorySessions, Sessions, SessionStore
from ..mcp.protocol.budget import Budget, Holder, Limits, TooMuch, holder_of
from ..mcp.protocol.errors import RpcError, ScopeRequired, SignInRequired, UnsupportedVersion
from ..mcp.protocol.faults import internal_error, unavailable
from ..mcp.protocol.jsonrpc import Message, MessageId, Notification, Request, Response, error_message, message_id, result_message
from ..mcp.protocol.versions import HANDSHAKE_VERSIONS, MODERN_VERSION, SUPPORTED
from ..mcp.server import MCPServer
from ..mcp.tasks.records import TaskStore
from ..oauth.keys.dpop import Presented
from ..oauth.protocol.errors import BearerError
from ..principal import User
from ..sources import Sources
from .authenticator import Authenticator
from .http.body import MAX_BODY_SIZE, BodyRefused, accepts, read_body, require_readable
from .http.connections import OpenConnections
from .http.headers import Headers, require_headers
from .http.heartbeat import Heartbeat
from .http.origins import Origins, origin_of
from .http.request import EndpointRequest
from .http.response import EndpointResponse, encode, retry_headers
from .http.timing import TIMING, Timing
from .http.turns import Turns
from .legacy.http_sse import HttpSse
from .legacy.streamable import SESSION_ID, HandshakeHTTP

SESSION_LIFETIME = 7 * 86400


Handler = Callable[[web.Request, User | None], Awaitable[web.StreamResponse]]
Dispatch = Callable[[EndpointRequest, Message | list[object]], Awaitable[web.StreamResponse]]
AddressOf = Callable[[web.Request], str]


def _remote(request: web.Request) -> str:
    return request.remote or ""


class StreamableHTTP:
    """``gate`` is None for a server without sign-in; ``extensions`` are those of the sign-in in front of it.

    ``max_body_size`` is in bytes, ``session_lifetime`` in seconds since the last use, ``body_timeout`` in seconds (the patience of ``timing`` when None).
    ``address_of`` tells apart those who come without a name.
    """

    def __init__(
        self,
        server: MCPServer,
        gate: Authenticator | None,
        *,
        seal: Seal | None = None,
        sources: Sources = Sources(),  # noqa: B008 - frozen
        sessions: SessionStore | None = None,
        session_lifetime: int = SESSION_LIFETIME,
        tasks: TaskStore | None = None,
        extensions: Mapping[str, dict[str, object]] = MappingProxyType({}),
        public_url: str | None = None,
        allowed_origins: Collection[str] = (),
        max_body_size: int = MAX_BODY_SIZE,
        body_timeout: float | None = None,
        sse_path: str = "/messages",
        timing: Timing = TIMING,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        address_of: AddressOf = _remote,
    ) -> None:
        self.peer = Dispatcher(server, protected=gate is not None, seal=seal, sources=sources, tasks=tasks, extensions=extensions)
        self._gate = gate
        self.budget = Budget(limits)
        self._address_of = address_of
        kept = Sessions(sessions or MemorySessions(), sources, session_lifetime)
        self._handshake = HandshakeHTTP(self.peer, kept, budget=self.budget, timing=timing)
        self._sse = HttpSse(self.peer, sse_path, budget=self.budget, timing=timing)
        self._origin = "" if public_url is None else origin_of(public_url)
        self._origins = Origins.of(public_url, allowed_origins)
        self._max_body_size = max_body_size
        self._body_timeout = timing.patience if body_timeout is None else body_timeout
        self._timing = timing
        self._pulse = Heartbeat(timing.look)
        self._visits = OpenConnections()
        self._turns = Turns()

    def setup(self, app: web.Application) -> None:
        """Open and close with an application what lives as long as the server does."""
        app.cleanup_ctx.append(self._running)
        app.on_shutdown.append(self._close)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Every method of the endpoint."""
        return await self._guarded(request, self._answer)

    def end_grant(self, grant_id: str) -> None:
        """End what is under way for a grant that was revoked, streams that only listen included."""
        self._visits.end(grant_id)

    async def open_sse(self, request: web.Request) -> web.StreamResponse:
        """The stream of a client of 2024-11-05."""
        return await self._guarded(request, self._open_sse)

    async def post_sse(self, request: web.Request) -> web.StreamResponse:
        """A message of a client of 2024-11-05."""
        return await self._guarded(request, lambda request, caller: self._post(request, caller, self._sse.post))

    async def _open_sse(self, request: web.Request, caller: User | None) -> web.StreamResponse:
        try:
            return await self._sse.open(self._visit(request, caller))
        except RpcError as error:
            return self._rpc_error(request, None, error)

    def _visit(self, request: web.Request, caller: User | None, *, size: int = 0) -> EndpointRequest:
        takes_json, takes_streams = accepts(request, "application/json"), accepts(request, "text/event-stream")
        return EndpointRequest(request, caller, self._cors(request), json=takes_json, stream=takes_streams, holder=self._holder(request, caller), size=size)

    def _holder(self, request: web.Request, caller: User | None) -> Holder:
        return holder_of(caller, None if caller is not None else self._address_of(request))

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """For pages of origins that may call, and callers who may come in."""
        origin = request.headers.get("Origin")
        if not self._origins.admits(origin):
            return web.json_response(error_message(None, {"code": -32600, "message": "This origin may not call here."}), status=403)
        if request.method == "OPTIONS":
            return self._origins.preflight(request)
        try:
            require_readable(request, self._max_body_size)
            caller = await self._caller(request)
            attribute(request, caller)
            with self._visits.during(request, caller):
                return await handler(request, caller)
        except BodyRefused as refusal:
            return refusal.answer(self._cors(request))
        except BearerError as error:
            return self._challenge(request, error)
        except Busy as busy:
            return self._rpc_error(request, None, unavailable(busy, f"{request.method} {request.path}"))

    async def _caller(self, request: web.Request) -> User | None:
        """None on a server without sign-in, and for who comes without a token where some things are public."""
        if self._gate is None or ("Authorization" not in request.headers and self.peer.server.has_public):
            return None
        return await self._require_caller(request)

    async def _require_caller(self, request: web.Request) -> User:
        assert self._gate is not None
        proof = Presented(request.headers.getall("DPoP", ()), request.method, self._origin + request.rel_url.raw_path)
        return await self._gate.authenticate(request.headers.getall("Authorization", ()), request.query, proof)

    async def _answer(self, request: web.Request, caller: User | None) -> web.StreamResponse:
        if request.method == "POST":
            return await self._post(request, caller, self._dispatch)
        sessions = SESSION_ID in request.headers and request.headers.get("MCP-Protocol-Version") != MODERN_VERSION
        try:
            if request.method == "GET" and sessions:
                return await self._handshake.get(self._visit(request, caller))
            if request.method == "DELETE" and sessions:
                return await self._handshake.delete(self._visit(request, caller))
        except RpcError as error:
            return self._rpc_error(request, None, error)
        return self._refuse_method(request)

    def _refuse_method(self, request: web.Request) -> web.Response:
        """MCP 2026-07-28: no GET stream, nothing to DELETE; before it, both belong to a session."""
        answer = error_message(None, {"code": -32600, "message": "Send messages with POST: GET and DELETE belong to sessions, which began with initialize."})
        return web.json_response(answer, status=405, headers={"Allow": "POST, OPTIONS", **self._cors(request)})

    def _challenge(self, request: web.Request, error: BearerError) -> web.Response:
        body = {"error": error.code or "unauthorized", "error_description": error.description}
        return web.json_response(body, status=error.status, headers={**error.headers, **self._cors(request)})

    def _cors(self, request: web.Request) -> dict[str, str]:
        return self._origins.headers(request.headers.get("Origin"))

    async def _post(self, request: web.Request, caller: User | None, dispatch: Dispatch) -> web.StreamResponse:
        """Messages in, answers out (MCP 2026-07-28, Streamable HTTP: sending messages)."""
        try:
            body = await self._read(request, caller)
        except BodyRefused as refusal:
            return refusal.answer(self._cors(request))
        except TooMuch as refusal:
            return self._rpc_error(request, None, refusal, closes=True)
        try:
            message = await self._turns.parse(body)
        except RpcError as error:
            return self._rpc_error(request, message_id(body), error)
        try:
            attribution_of(request).action = self._action(message)
            return await self._admitted(self._visit(request, caller, size=len(body)), message, dispatch)
        except RpcError as error:
            return self._rpc_error(request, message.id if isinstance(message, Request) else None, error)
        except BearerError:
            raise
        except Exception as error:
            return self._failed(request, body, message, error)

    def _failed(self, request: web.Request, body: bytes, message: Message | list[object], error: Exception) -> web.Response:
        """The answer to what is not the caller's doing; called while the error is handled."""
        if isinstance(error, Busy):
            return self._rpc_error(request, message_id(body), unavailable(error, f"{request.method} {request.path}"))
        known = message if isinstance(message, Request) else Request(0, "batch")
        return web.json_response(error_message(message_id(body), internal_error(known)), status=500, headers=self._cors(request))

    def _action(self, message: Message | list[object]) -> str | None:
        """What the log tells of a message: a method that there is, and the tool or prompt of that name, if there is one. Nothing of the author's runs."""
        if not isinstance(message, Request) or not self.peer.knows(message.method):
            return "batch" if isinstance(message, list) else None
        catalogs: dict[str, Registry[Any]] = {"tools/call": self.peer.server.tools, "prompts/get": self.peer.server.prompts}
        catalog, name = catalogs.get(message.method), message.params.get("name")
        known = catalog is not None and catalog.find(name) is not None
        return f"{message.method} {word(str(name))}" if known else message.method

    async def _read(self, request: web.Request, caller: User | None) -> bytes:
        """Raises BodyRefused, and TooMuch for whom so much is on its way already that it will not be waited for."""
        if request.content.is_eof():
            return await read_body(request, self._max_body_size, patience=self._body_timeout)
        announced = self._max_body_size if request.content_length is None else min(request.content_length, self._max_body_size)
        with self.budget.received.take(self._holder(request, caller), announced):
            return await read_body(request, self._max_body_size, patience=self._body_timeout)

    async def _admitted(self, visit: EndpointRequest, message: Message | list[object], dispatch: Dispatch) -> web.StreamResponse:
        """What a caller may not do gets a true 401 or 403: it is found out before a handler runs, so no stream has begun (RFC 6750 section 3.1)."""
        try:
            return await dispatch(visit, message)
        except ScopeRequired as required:
            if visit.caller is not None and self._gate is not None:
                self._gate.require_scope(visit.caller, required.scope)
            raise
        except SignInRequired:
            await self._require_caller(visit.request)
            raise

    async def _dispatch(self, visit: EndpointRequest, message: Message | list[object]) -> web.StreamResponse:
        """Choose the era by how the client speaks (MCP 2026-07-28, versioning: backward compatibility)."""
        request = visit.request
        if not isinstance(message, Request) or not _is_modern(message, request):
            if _names_modern(request) and not isinstance(message, Request):
                return self._refuse_or_accept(request, message)
            return await self._handshake.post(visit, message)
        return await self._modern(visit, message)

    def _refuse_or_accept(self, request: web.Request, message: Message | list[object]) -> web.Response:
        """2026-07-28 has one message a body, and clients answer nothing; nothing here waits for a notification."""
        if isinstance(message, Notification):
            return web.Response(status=202, headers=self._cors(request))
        what = "a response: nothing was asked" if isinstance(message, Response) else "a batch: send one message in each request"
        return web.json_response(error_message(None, {"code": -32600, "message": f"The body is {what}."}), status=400, headers=self._cors(request))

    async def _modern(self, visit: EndpointRequest, message: Request) -> web.StreamResponse:
        """Raises RpcError before anything was sent, ScopeRequired or SignInRequired."""
        request, caller = visit.request, visit.caller
        self._require_modern(message, request.headers, caller)
        listens = message.method == "subscriptions/listen"
        if listens and not visit.stream:
            refusal = error_message(message.id, {"code": -32600, "message": "Accept text/event-stream: a subscription is a stream."})
            return web.json_response(refusal, status=406, headers=visit.headers)
        if listens:
            lease = self.budget.begin_listener(visit.holder, visit.size)
        else:
            self.budget.require_calls(visit.holder, visit.size)
            lease = self.budget.begin_call(visit.holder, visit.size)
        with lease:
            answer = EndpointResponse(visit, budget=self.budget, timing=self._timing, pulse=self._pulse, listens=listens)
            return await self._carry_out(message, caller, answer)

    async def _carry_out(self, message: Request, caller: User | None, answer: EndpointResponse) -> web.StreamResponse:
        try:
            with answer:
                result = await self.peer.handle(message, caller, answer.notify)
        except RpcError as error:
            return await answer.finish(error_message(message.id, error.as_dict()), status=error.status, headers=retry_headers(error))
        except (ScopeRequired, SignInRequired):
            raise
        except Exception:
            return await answer.finish(error_message(message.id, internal_error(message)), status=500)
        return await answer.finish(result_message(message.id, result))

    def _require_modern(self, message: Request, headers: Headers, caller: User | None) -> None:
        """Headers are asked for by tools that the caller may know of. Raises RpcError."""
        require_meta(message)
        version = requested_version(message) or ""
        if headers.getall("MCP-Protocol-Version", ()) == [version] and version != MODERN_VERSION:
            raise UnsupportedVersion(version, SUPPORTED)
        known = partial(self.peer.server.tools.find_for, caller, anonymous=self._gate is not None and caller is None)
        tool = known(message.params.get("name")) if message.method == "tools/call" else None
        require_headers(message, headers, version=version, tool=tool)

    def _rpc_error(self, request: web.Request, request_id: MessageId | None, error: RpcError, *, closes: bool = False) -> web.Response:
        """``closes`` says that the rest of the request is not read."""
        body = encode(error_message(request_id, error.as_dict()))
        headers = self._cors(request) | retry_headers(error)
        answer = web.Response(body=body, status=error.status, content_type="application/json", headers=headers)
        if closes:
            answer.force_close()
        return answer

    async def _running(self, app: web.Application) -> AsyncIterator[None]:
        async with self.peer.running():
            yield
            self._handshake.close()

    async def _close(self, app: web.Application) -> None:
        """Streams end before the connections do, so that each says so, and requests with an answer."""
        self._handshake.wind_up()
        await self.peer.drain(self._timing.drain)
        self._sse.close()


def _is_modern(message: Request, request: web.Request) -> bool:
    """By ``_meta`` or by header; but ``initialize`` without a modern ``_meta`` is how the earlier era opens, whatever the header."""
    version = requested_version(message)
    if version is None or version in HANDSHAKE_VERSIONS:
        return message.method != "initialize" and _names_modern(request)
    return True


def _names_modern(request: web.Request) -> bool:
    """A session is of the earlier era, whatever the header beside it says: this revision has none."""
    return request.headers.get("MCP-Protocol-Version") == MODERN_VERSION and SESSION_ID not in request.headers
