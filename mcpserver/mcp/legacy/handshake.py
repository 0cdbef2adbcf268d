"""Requests of MCP 2025-11-25, 2025-06-18 and 2025-03-26: ``initialize``, then requests within its session."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, field
from msgspec.json import encode

from ...principal import User, principal_of
from ..interaction import UPDATED, Ask, Context, Listener, LiveInput, Notify, Release, Topic
from ..protocol import HANDSHAKE_VERSIONS as VERSIONS
from ..protocol import (
    LEVELS,
    InitializeResult,
    InvalidMessage,
    InvalidParams,
    JsonRpcMessage,
    LogLevel,
    Params,
    Request,
    ResourceNotFound,
    Result,
    RpcError,
    read,
)
from .older_forms import in_words_of
from .older_results import declared_in, result_in

if TYPE_CHECKING:
    from ..dispatch import Dispatcher, Method

LARGEST_CAPABILITIES, LONGEST_NAME = 4 * 1024, 200
"""Maximum size of the client's capabilities in bytes, and of each name in its info in characters."""

MOST_SUBSCRIPTIONS, LONGEST_SUBSCRIPTIONS = 1000, 128 * 1024
"""Maximum number of URIs that one session may subscribe to, and of their characters in total."""


@define(eq=False)
class Session:
    """What the client declared in ``initialize``, which applies to its later requests.

    ``id`` is None for a client that sends none, about which nothing is known. ``principal`` holds the ids of the person
    and the client that own the session; ``expires_at`` is in epoch seconds.
    """

    id: str | None = None
    principal: tuple[str, ...] = ()
    revision: str = VERSIONS[0]
    client_capabilities: Mapping[str, Any] = field(factory=dict)
    client_info: Mapping[str, Any] = field(factory=dict)
    log_level: LogLevel | None = "info"
    """The default applies until the client sets a level (2025-11-25, utilities: logging)."""
    subscriptions: set[str] = field(factory=set)
    expires_at: int = 0


@define
class RequestCallbacks:
    """Functions that reach the client while one of its requests is answered."""

    notify: Notify
    ask: Ask
    release: Release | None = None


def negotiated(request: Request, versions: Sequence[str] = VERSIONS) -> str:
    """The requested version when it is one of ``versions``, else the first of them (2025-11-25, lifecycle: version
    negotiation).
    """
    asked = request.params.get("protocolVersion")
    return asked if isinstance(asked, str) and asked in versions else versions[0]


def session_of(request: Request, caller: User | None, versions: Sequence[str] = VERSIONS) -> Session:
    """The session that an ``initialize`` request begins, without an id yet. Raises InvalidParams."""
    capabilities, info = request.params.get("capabilities", {}), request.params.get("clientInfo", {})
    if not isinstance(capabilities, dict) or not isinstance(info, dict):
        raise InvalidParams('"capabilities" and "clientInfo" must be objects.')
    if len(encode(capabilities)) > LARGEST_CAPABILITIES:
        raise InvalidParams(f'"capabilities" must not be larger than {LARGEST_CAPABILITIES} bytes.')
    return Session(None, principal_of(caller), negotiated(request, versions), capabilities, _named(info))


def _named(info: Mapping[str, Any]) -> dict[str, str]:
    """The client's name, title and version, shortened; the rest, such as icons, is too large to store for days."""
    return {name: info[name][:LONGEST_NAME] for name in ("name", "title", "version") if isinstance(info.get(name), str)}


def messages_of(message: JsonRpcMessage | list[object], session: Session) -> list[JsonRpcMessage]:
    """The messages of a batch, or the single message in a list (2025-03-26, basic: batching).

    Raises InvalidMessage for a batch of a revision without batches, an empty batch, or one with ``initialize``.
    """
    if not isinstance(message, list):
        return [message]
    if session.revision != "2025-03-26":
        raise InvalidMessage("Batches are not supported: send one message in each request.")
    if not message:
        raise InvalidMessage("The batch is empty.")
    messages = [read(each) for each in message]
    if any(isinstance(each, Request) and each.method == "initialize" for each in messages):
        raise InvalidMessage("initialize cannot be part of a batch.")
    return messages


def listener_of(current: Callable[[], Session]) -> Listener:
    """A listener to what the current session is notified of: changed lists, and resources that it subscribed to."""

    def is_wanted(topic: Topic) -> bool:
        method, about = topic
        return about in current().subscriptions if method == UPDATED else about == ""

    return Listener(is_wanted, lambda: [(UPDATED, uri) for uri in current().subscriptions])


class Handshake:
    """Answers the requests of the revisions before 2026-07-28."""

    def __init__(self, peer: "Dispatcher") -> None:
        self._peer = peer

    async def handle(self, request: Request, caller: User | None, session: Session, line: RequestCallbacks) -> Result:
        """The result of a request within its session; ``line`` reaches the client.

        Raises RpcError, ScopeRequired or SignInRequired.
        """
        context = self._context(request, caller, session, line)
        try:
            return result_in(
                session.revision,
                request.method,
                await self._peer.run(self._methods(session).get(request.method), request, context),
            )
        except ResourceNotFound as error:
            error.code = -32002  # 2025-11-25, resources: error handling
            raise

    def initialize(self, session: Session) -> InitializeResult:
        """An InitializeResult (2025-11-25, lifecycle)."""
        server = self._peer.server
        result: InitializeResult = {
            "protocolVersion": session.revision,
            "capabilities": self._peer.capabilities.declared(),
            "serverInfo": server.info,
        }
        if server.instructions:
            result["instructions"] = server.instructions
        return result

    def _context(self, request: Request, caller: User | None, session: Session, line: RequestCallbacks) -> Context:
        return Context(
            caller,
            session.revision,
            line.notify,
            LiveInput(in_words_of(session.revision, line.ask), self._peer.server.question_lifetime),
            request_id=request.id,
            anonymous=self._peer.protected and caller is None,
            meta=dict(request.meta.values),
            client_capabilities=declared_in(session.revision, session.client_capabilities),
            log_level=session.log_level,
            progress_token=request.meta.progress_token,
            trace=request.meta.trace,
            release=line.release,
        )

    def _methods(self, session: Session) -> "dict[str, Method]":
        async def ping(params: Params, context: Context) -> Result:
            return {}

        async def set_level(params: Params, context: Context) -> Result:
            session.log_level = _level(params)
            return {}

        async def subscribe(params: Params, context: Context) -> Result:
            session.subscriptions.add(self._readable(params, session, context))
            return {}

        async def unsubscribe(params: Params, context: Context) -> Result:
            session.subscriptions.discard(_uri(params))
            return {}

        return {
            **self._peer.methods,
            "ping": ping,
            "logging/setLevel": set_level,
            "resources/subscribe": subscribe,
            "resources/unsubscribe": unsubscribe,
        }

    def _readable(self, params: Params, session: Session, context: Context) -> str:
        """The URI to subscribe to, of a resource that the caller may read (2025-11-25, resources: subscriptions).

        Raises ResourceNotFound, ScopeRequired, SignInRequired, or InvalidParams where the session names too many.
        """
        uri = _uri(params)
        found = self._peer.server.catalogs.find_resource(uri, context)
        if found is None:
            raise ResourceNotFound(uri)
        found[0].access.require(context)
        if len(session.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise InvalidParams(f"A session can subscribe to {MOST_SUBSCRIPTIONS} resources at most.")
        if sum(map(len, session.subscriptions)) + len(uri) > LONGEST_SUBSCRIPTIONS:
            raise InvalidParams(
                f"The addresses that a session subscribes to can have {LONGEST_SUBSCRIPTIONS} characters at most in "
                "all."
            )
        return uri


def _uri(params: Params) -> str:
    uri = params.get("uri")
    if not isinstance(uri, str):
        raise InvalidParams('"uri" must be a string.')
    return uri


def _level(params: Params) -> LogLevel:
    """The requested log level (2025-11-25, utilities: logging). Raises InvalidParams."""
    level = params.get("level")
    if level not in LEVELS:
        raise InvalidParams(f'"level" must be one of {", ".join(LEVELS)}.')
    return level  # type: ignore[no-any-return]


def unasked(method: str) -> RpcError:
    """The error for a question to a client that cannot answer, for lack of a session."""
    return RpcError(f"The client cannot be asked: {method} needs a session, which begins with initialize.")
