"""Negotiation of the revision (MCP 2026-07-28, versioning and Streamable HTTP: backward compatibility)."""

from typing import cast

from attrs import define

from ..cause_code import CauseCode
from ..errors import FlowError, ProtocolFailure, TooSlow
from ..json_text import JsonObject
from ..trace import OLDEST_TRANSPORT, Notes
from ..wire import DiscoverResult, Unchecked
from .messaging import Ask, Endpoint, Judge, Receiver, Revision, Step, let_be
from .protocol import (
    ALL,
    HANDSHAKE,
    META,
    METHOD_NOT_FOUND,
    MODERN,
    OLDEST,
    UNSUPPORTED_VERSION,
    Options,
    RpcError,
    StrangeAnswer,
)
from .transports import HttpSse, Legacy, Modern, Session

PERHAPS_OLDEST = (400, 404, 405)
DISCOVER = Step(
    "Discover the server", "MCP 2026-07-28, server/discover", authorized="Discover the server, with the token"
)


class _Legacy(FlowError):
    """The server is older than 2026-07-28; ``protocol`` is the revision to ask it for."""

    outcome = "info"

    def __init__(self, protocol: str = HANDSHAKE[0], failure: FlowError | None = None) -> None:
        super().__init__(f"This server does not support revision {MODERN}, so the client tries the older handshake.")
        self.protocol, self.failure = protocol, failure


class _Unknown(_Legacy):
    """The server does not know server/discover, and says so as one of 2026-07-28 does; gateways in front of older
    servers answer in the same way.
    """


class _NoHandshake(FlowError):
    """A server that does not know server/discover does not know the older handshake either."""

    outcome = "info"

    def __init__(self) -> None:
        super().__init__(
            f"This server does not support the older handshake either, so the client uses {MODERN} without "
            "server/discover."
        )


class _Oldest(FlowError):
    """The server may be one of 2024-11-05; ``error`` is its answer to the handshake."""

    outcome = "info"
    fallback = OLDEST_TRANSPORT

    def __init__(self, error: ProtocolFailure) -> None:
        super().__init__(str(error), error.cause)
        self.error = error


def _judge_handshake(error: ProtocolFailure) -> None:
    """Raises _Oldest for what a server of 2024-11-05 answers to a POST (Streamable HTTP, HTTP+SSE transport); returns
    otherwise.
    """
    modern = isinstance(error, RpcError) and error.is_modern
    if isinstance(error, StrangeAnswer | RpcError) and error.status in PERHAPS_OLDEST and not modern:
        raise _Oldest(error) from None


def _judge_last_handshake(error: ProtocolFailure) -> None:
    """Raises _NoHandshake for any error that a server answers to a handshake it does not know."""
    raise _NoHandshake from None


def _introduced(notes: Notes, result: JsonObject) -> None:
    meta = result.get("_meta")
    info = meta.get(META + "serverInfo") if isinstance(meta, dict) else None
    notes.receives(
        {
            "supportedVersions": result.get("supportedVersions"),
            "serverInfo": info,
            "capabilities": result.get("capabilities"),
        }
    )
    _require_common(result.get("supportedVersions"))
    notes.meaning = "The server returns the revisions that it supports and its capabilities."


@define
class Negotiation:
    """Negotiation with one server. ``options.protocol`` names a revision to insist on."""

    endpoint: Endpoint
    receiver: Receiver
    options: Options
    session: Session

    async def meet(self) -> Revision:
        """Negotiate the revision to use and fill in the session.

        Raises as the endpoint does, and ProtocolFailure.
        """
        forced = self.options.protocol
        if forced and forced not in ALL:
            raise ProtocolFailure(f"This client does not support MCP {forced[:40]}.")
        try:
            if not forced or forced == MODERN:
                return await self._discover()
        except _Unknown as found:
            return self._unintroduced() if forced else await self._handshake_or_modern(found.protocol)
        except _Legacy as found:
            if forced:
                raise found.failure or ProtocolFailure(
                    f"This server does not support MCP {MODERN}.", CauseCode.VERSION
                ) from None
            return await self._handshake(found.protocol)
        return await self.oldest() if forced == OLDEST else await self._handshake(forced)

    def modern(self) -> Modern:
        return Modern(self.endpoint, self.receiver, self.options, self.session)

    def legacy(self) -> Legacy:
        return Legacy(self.endpoint, self.receiver, self.options, self.session)

    async def oldest(self) -> HttpSse:
        revision = HttpSse(self.endpoint, self.receiver, self.options, self.session)
        try:
            await revision.open()
        except BaseException:
            await revision.close()
            raise
        return revision

    async def _discover(self) -> Modern:
        """Discover the server in revision 2026-07-28.

        Raises _Legacy when no server of 2026-07-28 answers in that way, or when it names only older revisions.
        """
        revision = self.modern()
        for again in (True, False):
            try:
                found = await revision.ask(Ask("server/discover", {}, DISCOVER, _introduced, judge=_judge))
                self.session.discovered(cast(DiscoverResult, found))
            except TooSlow as error:
                # MCP 2026-07-28, versioning: anything but an answer of a modern server may come from an older one.
                raise _Legacy(failure=error) from None
            except RpcError as error:
                if again and error.code == UNSUPPORTED_VERSION and MODERN in error.supported:
                    continue
                raise
            break
        return revision

    def _unintroduced(self) -> Modern:
        """Use revision 2026-07-28 with a server that does not know server/discover but may know all the rest."""
        self.session.discovered({})
        return self.modern()

    async def _handshake_or_modern(self, protocol: str) -> Revision:
        try:
            return await self._handshake(protocol, _judge_last_handshake)
        except _NoHandshake:
            return self._unintroduced()

    async def _handshake(self, protocol: str, judge: Judge = _judge_handshake) -> Revision:
        revision = self.legacy()
        try:
            await revision.shake_hands(protocol, let_be if self.options.protocol else judge)
        except _Oldest as found:
            try:
                return await self.oldest()
            except (StrangeAnswer, RpcError):
                # It is not of 2024-11-05 either, so its answer to the handshake is the error to report.
                raise found.error from None
        if self.options.protocol and self.session.protocol != self.options.protocol:
            raise ProtocolFailure(
                f"The client asked for MCP {self.options.protocol}, and the server responded with "
                f"{self.session.protocol}.",
                CauseCode.VERSION,
            )
        return revision


def _common(spoken: tuple[str, ...]) -> str | None:
    return next((protocol for protocol in ALL if protocol in spoken), None)


def _require_common(spoken: Unchecked) -> None:
    """Require a common revision among those that a server introduces itself with.

    Returns when 2026-07-28 is among them. Raises _Legacy when an older one is common, or when none is named, as some
    older servers answer any request; ProtocolFailure when there is none in common.
    """
    named = tuple(each for each in spoken if isinstance(each, str)) if isinstance(spoken, list) else ()
    if MODERN in named:
        return
    if not named:
        raise _Legacy from None
    common = _common(named)
    if common:
        raise _Legacy(common)
    raise ProtocolFailure(
        f"The server supports only MCP {', '.join(named)[:200]}, which this client does not support.", CauseCode.VERSION
    )


def _judge(error: ProtocolFailure) -> None:
    """Raises _Legacy for an answer that no server of 2026-07-28 gives, and for one that names only older revisions;
    returns otherwise.
    """
    if isinstance(error, StrangeAnswer):
        if error.status >= 400:
            raise _Legacy(failure=error if error.status >= 500 else None) from None
    elif isinstance(error, RpcError):
        if (error.status, error.code) == (404, METHOD_NOT_FOUND):
            raise _Unknown from None
        if not error.is_modern:
            raise _Legacy from None
        if error.code == UNSUPPORTED_VERSION and MODERN not in error.supported:
            _require_common(list(error.supported))
