"""The guarded way out: timeouts, size limits, no redirects, and private addresses only on the host the person typed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from attrs import field, frozen
from multidict import CIMultiDict, CIMultiDictProxy

from mcpbase.addresses import is_literal, is_public
from mcpbase.resolver import ForbiddenAddress, GuardedResolver

from .addresses import MovedInside, TypedResolver, same_host
from .cause_code import CauseCode
from .errors import Unreachable
from .http.unicode import header_text, loads
from .http.unreachable import reason
from .sources import Sources
from .timing import Stopwatch, trace_config
from .trace import Notes
from .trace.recording.exchanges import Recording

LONGEST_HEADER, LARGEST_HEAD = 64 * 1024, 128 * 1024
"""Bytes of one header of an answer, and of all of them: cookies, policies and long challenges need more than the usual 8 KiB."""
CUT_OFF = "The client stopped waiting before the answer was complete."


@frozen
class Limits:
    """How long an answer may take to begin, in seconds, and how large it may be, in bytes.

    ``keep_alive``: seconds that an idle connection is kept. Servers end idle connections when they like (RFC 9112 section 9.5), Node's after five
    seconds; a request that crosses with that end is lost, and most requests here must not be sent twice.
    """

    request_timeout: float = 10
    max_response_size: int = 1024 * 1024
    keep_alive: float = 2


@frozen
class Call:
    """One request to make. ``typed_host`` is the host of the URL the person typed; ``body`` may hold secrets.

    ``unmeasured`` is for a stream that stays open: whoever reads it bounds what it takes in, message by message.
    ``repeatable`` says that to ask twice does no more than to ask once; a GET always is.
    """

    method: str
    url: str
    typed_host: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float | None = None
    unmeasured: bool = False
    repeatable: bool = False

    @property
    def may_be_repeated(self) -> bool:
        return self.repeatable or self.method in ("GET", "HEAD")


@frozen
class Response:
    """An answer read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes = field(repr=False)

    @property
    def succeeded(self) -> bool:
        """RFC 9110 section 15.3: a client that does not know which 2xx this is takes it for 200."""
        return 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """Its media type, in lower case and without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object; None when it is anything else."""
        try:
            value = loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


@frozen
class Stream:
    """An answer being read. ``chunks`` ends at the limit with Unreachable."""

    status: int
    headers: CIMultiDictProxy[str]
    content: aiohttp.StreamReader
    limit: int | None
    recording: Recording | None = field(default=None, repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self.content.iter_any():
            size += len(chunk)
            if self.recording:
                self.recording.received(chunk)
            if self.limit is not None and size > self.limit:
                raise Unreachable(f"The answer is larger than {self.limit:,} bytes, so it was cut off.", CauseCode.TOO_LARGE)
            yield chunk

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])


def _inside(found: str, *, typed: bool) -> Unreachable:
    """The refusal of a private address. ``typed`` says that a person may type one."""
    if typed:
        return Unreachable(f"{found} a private address that you did not type, so it was not contacted.", CauseCode.PRIVATE_ADDRESS)
    return Unreachable(f"{found} a private address, and this web client contacts only public ones.", CauseCode.PRIVATE_NETWORK)


def _forbidden(error: Exception) -> ForbiddenAddress | None:
    if not isinstance(error, aiohttp.ClientConnectorDNSError):
        return None
    return next((each for each in (error.os_error, error.os_error.__cause__) if isinstance(each, ForbiddenAddress)), None)


def _moved_inside(found: str) -> Unreachable:
    """The refusal of a typed name that led elsewhere before."""
    return Unreachable(f"{found} led to the public Internet before and leads to a private address now, so it was not contacted.", CauseCode.MOVED_INSIDE)


class Answer(aiohttp.ClientResponse):
    """Remembers the address that was dialled: a short answer has let go of its connection before anybody can ask."""

    address = ""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        self.address = str(peer[0]) if peer else ""
        return await super().start(connection)


class Ended(aiohttp.ServerDisconnectedError):
    """A kept connection that the server ended; nothing was sent on it."""


class Question(aiohttp.ClientRequest):
    """Looks at its connection before it is sent: one that the server ended may still wait to be seen as such."""

    async def send(self, connection: Connection) -> aiohttp.ClientResponse:
        # The first turn of the event loop lets it ask for what has arrived, the second lets it be dealt with.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if connection.protocol is None or not connection.protocol.is_connected():
            raise Ended
        return await super().send(connection)


@frozen
class Door:
    """A way out. ``fresh`` makes a new connection for each request."""

    kept: aiohttp.ClientSession
    fresh: aiohttp.ClientSession

    async def close(self) -> None:
        await self.kept.close()
        await self.fresh.close()


def _without_a_word(error: Exception) -> bool:
    """Whether a connection ended before any byte of an answer came."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)
    return isinstance(error, aiohttp.ClientOSError)


class Fetcher:
    """Two doors out: one for the host the person typed, one that only reaches public addresses. Close it when done.

    ``private`` False shuts the first: whoever types is a stranger to this machine's network.
    """

    def __init__(self, limits: Limits, sources: Sources | None = None, *, private: bool = True, resolver: AbstractResolver | None = None) -> None:
        self._limits = limits
        self._private = private
        self._sources = sources or Sources()
        self.typed_names = TypedResolver(resolver)
        self._typed = self._make_door(resolver=self.typed_names)
        self._discovered = self._make_door(resolver=GuardedResolver())

    def _make_door(self, **options: Any) -> Door:
        kept = aiohttp.TCPConnector(keepalive_timeout=self._limits.keep_alive, **options)
        return Door(self._session(kept), self._session(aiohttp.TCPConnector(force_close=True, **options)))

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        # How long to wait is said for each call; aiohttp's own five minutes would end a stream that is meant to stay open.
        patient = aiohttp.ClientTimeout(total=None)
        agent = {"User-Agent": "webclient"}
        kept_out = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=kept_out,
            headers=agent,
            timeout=patient,
            request_class=Question,
            response_class=Answer,
            trace_configs=[trace_config()],
            max_field_size=LONGEST_HEADER,
            max_line_size=LONGEST_HEADER,
        )

    async def close(self) -> None:
        await self._typed.close()
        await self._discovered.close()

    def _door(self, host: str, typed_host: str) -> Door:
        if self._private and same_host(host, typed_host):
            return self._typed
        if is_literal(host) and not is_public(host):
            raise _inside(f"{host} is", typed=self._private)
        return self._discovered

    @asynccontextmanager
    async def open(self, call: Call, notes: Notes | None = None) -> AsyncIterator[Stream]:
        """Send the request and yield the answer's beginning; what passes is written into ``notes``, masked. Raises Unreachable."""
        recording = notes.exchange(self._sources.now(), call.method, call.url, call.headers.items(), call.body) if notes else None
        watch = Stopwatch()
        try:
            async with self._sent(call, watch) as answer:
                headers = CIMultiDictProxy(CIMultiDict((name, header_text(value)) for name, value in answer.headers.items()))
                if notes and recording:
                    notes.status = answer.status
                    _note_answer(recording, answer, headers)
                limit = None if call.unmeasured else self._limits.max_response_size
                yield Stream(answer.status, headers, answer.content, limit, recording)
        except (Unreachable, asyncio.CancelledError) as error:
            if recording:
                recording.failed(str(error) or CUT_OFF)
            raise
        finally:
            watch.finish()
            if recording:
                recording.timed(watch.timing)

    @asynccontextmanager
    async def _sent(self, call: Call, watch: Stopwatch) -> AsyncIterator[aiohttp.ClientResponse]:
        parts = urlsplit(call.url)
        door = self._door(parts.hostname or "", call.typed_host)
        watch.start()
        try:
            async with asyncio.timeout(call.timeout or self._limits.request_timeout):
                async with await self._answered(call, door, watch) as answer:
                    _require_small(answer)
                    yield answer
        except (aiohttp.ClientError, TimeoutError, UnicodeError) as error:
            forbidden = _forbidden(error)
            if isinstance(forbidden, MovedInside):
                raise _moved_inside(parts.netloc) from error
            if forbidden:
                raise _inside(f"{parts.netloc} leads to", typed=self._private) from error
            raise Unreachable(*reason(error, parts.netloc)) from error

    @staticmethod
    async def _answered(call: Call, door: Door, watch: Stopwatch) -> aiohttp.ClientResponse:
        """The beginning of an answer. A kept connection that fails is no failure of the server: what was not sent, or may be repeated, is sent on a new one."""
        options: dict[str, Any] = {"headers": call.headers, "data": call.body, "allow_redirects": False, "trace_request_ctx": watch}
        try:
            return await door.kept.request(call.method, call.url, **options)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            lost = watch.reused and call.may_be_repeated and _without_a_word(error)
            if not lost and not isinstance(error, Ended):
                raise
        watch.start()
        return await door.fresh.request(call.method, call.url, **options)

    async def fetch(self, call: Call, notes: Notes | None = None) -> Response:
        """Send the request and read the whole answer, into ``notes`` as open() does. Raises Unreachable."""
        async with self.open(call, notes) as stream:
            return Response(stream.status, stream.headers, await stream.read())


def _require_small(answer: aiohttp.ClientResponse) -> None:
    if sum(len(name) + len(value) for name, value in answer.raw_headers) > LARGEST_HEAD:
        raise Unreachable(f"The headers of the answer are larger than {LARGEST_HEAD:,} bytes, so it was not read.", CauseCode.HEADERS_TOO_LARGE)


def _note_answer(recording: Recording, answer: aiohttp.ClientResponse, headers: Mapping[str, str]) -> None:
    version = f"HTTP/{answer.version.major}.{answer.version.minor}" if answer.version else ""
    recording.sent(answer.request_info.headers.items())
    recording.answered(answer.status, header_text(answer.reason or ""), version, headers.items())
    recording.reached(answer.address if isinstance(answer, Answer) else "")
