"""Streamable HTTP: the MCP endpoint, for 2026-07-28 and for the revisions before it that begin with ``initialize``."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType

from aiohttp import web

from mcpbase.seal import Seal

from ..attribution import attribute, attribution_of, word
from ..busy import Busy
from ..mcp import Server
from ..mcp.dispatch import Dispatcher
from ..mcp.legacy import MemorySessions, QuestionStore, Sessions, SessionStore, SharedQuestions
from ..mcp.protocol import (
    MODERN_VERSION,
    Budget,
    JsonRpcMessage,
    Limits,
    Request,
    RpcError,
    ScopeRequired,
    SignInRequired,
    TooMuch,
    error_message,
    holder_of,
    internal_error,
    message_id,
    unavailable,
)
from ..mcp.tasks import TaskStore
from ..oauth.protocol import BearerError
from ..principal import User
from ..processes import Event, ProcessEvents
from ..sources import Sources
from .admission import Admission, challenged
from .authenticator import Authenticator
from .http import (
    MAX_BODY_SIZE,
    TIMING,
    BodyRefused,
    EndpointRequest,
    OpenConnections,
    Origins,
    Timing,
    Turns,
    accepted,
    method_refused,
    origin_of,
    origin_refused,
    read_body,
    refused,
    require_media,
    require_readable,
)
from .legacy import ANSWERED, SESSION_ID, HandshakeHTTP, HttpSse
from .modern import ModernHTTP, Named, take_other

SESSION_LIFETIME = 7 * 86400
CHANGES = "change"
"""The kind of events that tell other processes of what listeners want to hear."""


Handler = Callable[[EndpointRequest], Awaitable[web.StreamResponse]]
Dispatch = Callable[[EndpointRequest, JsonRpcMessage | list[object], Named], Awaitable[web.StreamResponse]]
AddressOf = Callable[[web.Request], str]


def _remote(request: web.Request) -> str:
    return request.remote or ""


class StreamableHTTP:
    """The MCP endpoint over Streamable HTTP.

    ``gate`` checks access tokens, and is None for a server without sign-in; ``extensions`` are the protocol extensions
    of that sign-in. ``max_body_size`` is in bytes, ``session_lifetime`` in seconds since the last use, ``body_timeout``
    in seconds (``timing.patience`` when None). ``address_of`` returns the address that identifies an anonymous caller.
    ``events`` are those between the processes of the service, ``questions`` stores those that any process may get the
    answer to.
    """

    def __init__(
        self,
        server: Server,
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
        events: ProcessEvents | None = None,
        questions: QuestionStore | None = None,
    ) -> None:
        self.peer = Dispatcher(
            server, protected=gate is not None, seal=seal, sources=sources, tasks=tasks, extensions=extensions
        )
        self.budget = Budget(limits)
        self._address_of = address_of
        self._modern = ModernHTTP(self.peer, self.budget, timing)
        kept = Sessions(sessions or MemorySessions(), sources, session_lifetime)
        shared = None
        if events is not None and questions is not None and seal is not None:
            shared = SharedQuestions(questions, seal, sources, partial(events.publish, ANSWERED))
            events.on(CHANGES, self._hear)
            events.on_missed(self.peer.hear_all)
        self._events = events
        self._handshake = HandshakeHTTP(
            self.peer, kept, budget=self.budget, timing=timing, events=events, questions=shared
        )
        self._sse = HttpSse(self.peer, sse_path, budget=self.budget, timing=timing)
        self._admission = Admission(server, gate, "" if public_url is None else origin_of(public_url))
        self._origins = Origins.of(public_url, allowed_origins)
        self._max_body_size = max_body_size
        self._body_timeout = timing.patience if body_timeout is None else body_timeout
        self._timing = timing
        self._visits = OpenConnections()
        self._turns = Turns()

    def setup(self, app: web.Application) -> None:
        """Register the startup and shutdown of the endpoint with an application."""
        app.cleanup_ctx.append(self._running)
        app.on_shutdown.append(self._close)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to the endpoint, of any HTTP method."""
        return await self._guarded(request, self._answer)

    def end_grant(self, grant_id: str) -> None:
        """Abort the connections of a revoked grant, including streams that only listen."""
        self._visits.end(grant_id)

    async def open_sse(self, request: web.Request) -> web.StreamResponse:
        """Serve the event stream of a client of 2024-11-05."""
        return await self._guarded(request, self._sse.open)

    async def post_sse(self, request: web.Request) -> web.StreamResponse:
        """Answer a message from a client of 2024-11-05."""
        return await self._guarded(
            request, lambda visit: self._post(visit, lambda visit, message, named: self._sse.post(visit, message))
        )

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check the origin and the caller, run ``handler``, and turn refusals into responses."""
        origin = request.headers.get("Origin")
        if not self._origins.admits(origin):
            return origin_refused()
        headers = self._origins.headers(origin)
        try:
            if request.method == "OPTIONS":
                return self._origins.preflight(request)
            return await self._admit(request, headers, handler)
        except BodyRefused as refusal:
            return refusal.answer(headers)
        except BearerError as error:
            return challenged(error, headers)
        except (RpcError, Busy) as error:
            return refused(headers, None, self._as_rpc_error(error, request))

    def _as_rpc_error(self, error: RpcError | Busy, request: web.Request) -> RpcError:
        return unavailable(error, f"{request.method} {request.path}") if isinstance(error, Busy) else error

    async def _admit(self, request: web.Request, headers: dict[str, str], handler: Handler) -> web.StreamResponse:
        """Authenticate the caller and run ``handler``. Raises BodyRefused, BearerError, RpcError or Busy."""
        require_readable(request, self._max_body_size)
        caller = await self._admission.caller(request)
        attribute(request, caller)
        with self._visits.during(request, caller):
            return await handler(self._visit(request, caller, headers))

    def _visit(self, request: web.Request, caller: User | None, headers: dict[str, str]) -> EndpointRequest:
        holder = holder_of(caller, None if caller is not None else self._address_of(request))
        return EndpointRequest(request, caller, headers, accepted(request), holder)

    async def _answer(self, visit: EndpointRequest) -> web.StreamResponse:
        request = visit.request
        if request.method == "POST":
            return await self._post(visit, self._dispatch)
        sessions = SESSION_ID in request.headers and request.headers.get("MCP-Protocol-Version") != MODERN_VERSION
        if request.method == "GET" and sessions:
            return await self._handshake.get(visit)
        if request.method == "DELETE" and sessions:
            return await self._handshake.delete(visit)
        return method_refused(visit.headers)

    async def _post(self, visit: EndpointRequest, dispatch: Dispatch) -> web.StreamResponse:
        """Read and answer the message of a POST (MCP 2026-07-28, Streamable HTTP: sending messages)."""
        try:
            body = await self._read(visit)
        except TooMuch as refusal:
            return refused(visit.headers, None, refusal, closes=True)
        visit.size = len(body)
        try:
            message = await self._turns.parse(body)
        except RpcError as error:
            return refused(visit.headers, message_id(body), error)
        try:
            named = self.peer.named(message) if isinstance(message, Request) else None
            attribution_of(visit.request).action = self._action(message, named)
            return await self._authorized(visit, dispatch(visit, message, named))
        except (RpcError, Busy) as error:
            known = message.id if isinstance(message, Request) else None
            return refused(visit.headers, known, self._as_rpc_error(error, visit.request))
        except BearerError:
            raise
        except Exception:
            failed = message if isinstance(message, Request) else Request(0, "batch")
            return web.json_response(
                error_message(message_id(body), internal_error(failed)), status=500, headers=visit.headers
            )

    def _action(self, message: JsonRpcMessage | list[object], named: Named) -> str | None:
        """The action for the access log: a known method and the existing tool or prompt it names, or ``batch``.

        None for an unknown method, and for a notification or a response.
        """
        if not isinstance(message, Request) or not self.peer.knows(message.method):
            return "batch" if isinstance(message, list) else None
        return f"{message.method} {word(named.name)}" if named is not None else message.method

    async def _read(self, visit: EndpointRequest) -> bytes:
        """Read the body.

        Raises BodyRefused, or TooMuch when the bodies being received from this caller exceed the budget.
        """
        request = visit.request
        require_media(visit)
        if request.content.is_eof():
            return await read_body(request, self._max_body_size, patience=self._body_timeout)
        announced = (
            self._max_body_size if request.content_length is None else min(request.content_length, self._max_body_size)
        )
        with self.budget.received.take(visit.holder, announced):
            return await read_body(request, self._max_body_size, patience=self._body_timeout)

    async def _authorized(self, visit: EndpointRequest, answer: Awaitable[web.StreamResponse]) -> web.StreamResponse:
        """Await ``answer``, and turn a missing sign-in or scope into a 401 or 403 (RFC 6750 section 3.1).

        This can be the HTTP status, because permissions are checked before a handler runs and a stream begins.
        """
        try:
            return await answer
        except ScopeRequired as required:
            self._admission.require_scope(visit.caller, required)
            raise
        except SignInRequired:
            await self._admission.require_caller(visit.request)
            raise

    async def _dispatch(
        self, visit: EndpointRequest, message: JsonRpcMessage | list[object], named: Named
    ) -> web.StreamResponse:
        """Choose the revision by message and headers (MCP 2026-07-28, versioning: backward compatibility)."""
        if isinstance(message, Request) and _is_modern(message, visit.request):
            return await self._modern.post(visit, message, named)
        if not isinstance(message, Request) and _names_modern(visit.request):
            return take_other(visit, message)
        return await self._handshake.post(visit, message)

    async def _running(self, app: web.Application) -> AsyncIterator[None]:
        async with self.peer.running():
            with self._relayed():
                yield
            self._handshake.close()

    @contextmanager
    def _relayed(self) -> Iterator[None]:
        """While the server runs, tell the other processes what is published here."""
        events, subscriptions = self._events, self.peer.server.subscriptions
        if events is None:
            yield
            return

        def relay(topic: tuple[str, str]) -> None:
            events.publish(CHANGES, *topic)

        subscriptions.relay_to(relay)
        try:
            yield
        finally:
            subscriptions.end_relay(relay)

    async def _hear(self, event: Event, times: int) -> None:
        await self.peer.hear(event[1], event[2])

    async def _close(self, app: web.Application) -> None:
        """End all streams and answer the requests under way, before the server closes their connections."""
        self._handshake.wind_up()
        self._sse.wind_up()
        await self.peer.drain(self._timing.drain)
        self._sse.close()


def _is_modern(message: Request, request: web.Request) -> bool:
    """Whether ``_meta`` or the headers select 2026-07-28 (MCP 2026-07-28, versioning: backward compatibility).

    ``initialize`` without a modern ``_meta`` begins a session of an earlier revision, whatever the header says.
    """
    return message.meta.is_modern or (message.method != "initialize" and _names_modern(request))


def _names_modern(request: web.Request) -> bool:
    """Whether the headers name 2026-07-28 and no session; only earlier revisions have sessions."""
    return request.headers.get("MCP-Protocol-Version") == MODERN_VERSION and SESSION_ID not in request.headers
