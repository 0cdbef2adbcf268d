"""One HTTP request to the MCP endpoint: authorized, recorded in the trace, and repeated when the authorizer says so
(MCP authorization).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress

from attrs import define, evolve, field, frozen

from ...addresses import host_of
from ...errors import Challenge, FlowError, ProtocolFailure, TooSlow
from ...fetcher import Call, Fetcher, Stream
from ...http import complaint, one_line, parse_challenges, says_something
from ...trace import CLIENT, MCP, Chapter, Notes, Trace
from ...trace.recording import MOST_BODY
from ..protocol import Authorizer, Refusal, StrangeAnswer
from .cookies import Cookies

MOST_REFUSALS = 8
WORDS_OF_A_REFUSAL = 1.0
"""Maximum time to read the body of a refusal, in seconds."""
REVISION = re.compile(r"^MCP \d{4}-\d\d-\d\d")
SHOWN = ("MCP-Protocol-Version", "Mcp-Session-Id", "Last-Event-ID", "Authorization")


@frozen
class Step:
    """The step of a request in the trace.

    ``authorized`` is the title when a token is sent; ``chapter`` is None for requests that begin a connection.
    ``optional`` says that nothing depends on the outcome.
    """

    title: str
    rule: str
    chapter: Chapter | None = None
    authorized: str = ""
    meaning: str = ""
    optional: bool = False

    def at(self, protocol: str) -> "Step":
        """The step with its rule cited from revision ``protocol``; unchanged when that is empty."""
        return evolve(self, rule=REVISION.sub(f"MCP {protocol}", self.rule)) if protocol else self


@frozen
class Request:
    """One HTTP request. ``told`` is what the trace shows in addition to the headers.

    ``silence`` and ``total`` are the timeouts in seconds: without a message from the server, and of the whole exchange.
    ``begun`` is called with the request's timer each time the request is sent.
    """

    method: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    told: Mapping[str, object] = field(factory=dict, repr=False)
    silence: float = 10
    total: float = 3600
    stays_open: bool = False
    """Whether the answer is a long-lived stream: each of its messages is bounded, their sum is not."""
    begun: "Callable[[SilenceTimer], None] | None" = None
    once: bool = False
    """Whether the request must not be sent twice: the server may have acted on it although no answer arrived."""


class SilenceTimer:
    """A timer for the server's silence.

    It is suspended while a person is asked, and restarts when the server sends something.
    """

    def __init__(self, timeout: asyncio.Timeout, silence: float) -> None:
        self._timeout, self._silence, self._held = timeout, silence, 0
        self._over = False
        self.failure: FlowError | None = None
        """The error to raise in place of a timeout, when there is another reason that no answer will come."""

    def fail(self, failure: FlowError) -> None:
        """End the exchange at once with ``failure``."""
        if not self._over and not self._timeout.expired():
            self.failure = failure
            self._timeout.reschedule(asyncio.get_running_loop().time())

    def stop(self) -> None:
        """Mark the exchange as ended; from now on the timer does nothing, even while the server's questions are still
        answered.
        """
        self._over = True

    def restart(self) -> None:
        if not self._over and not self._timeout.expired():
            self._timeout.reschedule(None if self._held else asyncio.get_running_loop().time() + self._silence)

    @contextmanager
    def held(self) -> Iterator[None]:
        self._held += 1
        self.restart()
        try:
            yield
        finally:
            self._held -= 1
            self.restart()


@frozen
class EndpointResponse:
    """The beginning of an answer, with the notes of its hop."""

    notes: Notes
    stream: Stream
    clock: SilenceTimer
    authorized: bool = False
    """Whether the request carried authorization headers."""

    @property
    def status(self) -> int:
        return self.stream.status

    @property
    def kind(self) -> str:
        """The media type, in lower case and without parameters."""
        return self.stream.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def is_stream(self) -> bool:
        return 200 <= self.status < 300 and self.kind == "text/event-stream"


def refusal_of(request: Request, url: str, stream: Stream, authorization: Mapping[str, str]) -> Refusal | None:
    """The refusal for the authorizer to handle, from any 401 and from a 403 about scopes; None for other answers (RFC
    9110 section 15.5.2, RFC 6750 section 3.1).
    """
    challenges = tuple(parse_challenges(stream.headers.getall("WWW-Authenticate", [])))
    if stream.status != 401 and not (stream.status == 403 and any(_wants_scope(each) for each in challenges)):
        return None
    return Refusal(request.method, url, stream.status, challenges, stream.headers.get("DPoP-Nonce"), authorization)


def _wants_scope(challenge: Challenge) -> bool:
    """Whether a challenge asks for more scopes; with any other 403 more permission would not help."""
    return challenge.scheme in ("bearer", "dpop") and (
        challenge.parameters.get("error") == "insufficient_scope" or "scope" in challenge.parameters
    )


@define
class Endpoint:
    """The server at ``url``, reached with ``fetcher`` and authorized by ``authorizer``."""

    fetcher: Fetcher
    trace: Trace
    url: str
    authorizer: Authorizer
    cookies: Cookies

    def at(self, url: str) -> "Endpoint":
        return evolve(self, url=url)

    @asynccontextmanager
    async def send(self, request: Request, step: Step) -> AsyncIterator[EndpointResponse]:
        """Send the request and yield the beginning of an answer that is neither a refusal nor a redirect.

        Raises what the authorizer raises, Unreachable, TooSlow, StrangeAnswer for a redirect, and ProtocolFailure after
        MOST_REFUSALS refusals.
        """
        for _ in range(MOST_REFUSALS):
            authorization = await self.authorizer.headers(request.method, self.url)
            async with (
                self._hop(request, step, bool(authorization)) as notes,
                self._open(request, authorization, notes) as answer,
            ):
                refusal = refusal_of(request, self.url, answer.stream, authorization)
                if refusal is None:
                    self._learn(answer.stream)
                    require_no_redirect(answer.stream)
                    yield answer
                    return
                notes.outcome, notes.meaning = "info", _refused(refusal)
                words = await _hear_out(answer.stream)
                refusal = evolve(refusal, told=notes.masked(_told(refusal, words, answer.kind)))
            await self.authorizer.refused(refusal)
        raise ProtocolFailure("The server refused every token, so the client stopped trying.")

    @asynccontextmanager
    async def _hop(self, request: Request, step: Step, authorized: bool) -> AsyncIterator[Notes]:
        chapter = step.chapter or (Chapter.ENTERING if authorized else Chapter.MEETING)
        title = step.authorized if authorized and step.authorized else step.title
        async with self.trace.hop(
            CLIENT, MCP, chapter, title, method=request.method, url=self.url, rule=step.rule, optional=step.optional
        ) as notes:
            notes.meaning = step.meaning
            yield notes

    @asynccontextmanager
    async def _open(
        self, request: Request, authorization: Mapping[str, str], notes: Notes
    ) -> AsyncIterator[EndpointResponse]:
        headers = self._with_cookies({**request.headers, **authorization})
        shown = {
            name: headers.get(name) for name in (*SHOWN, *(name for name in headers if name.startswith("Mcp-Param-")))
        }
        notes.sends({**request.told, **shown})
        call = Call(
            request.method,
            self.url,
            host_of(self.url) or "",
            headers,
            request.body,
            request.total,
            request.stays_open,
            not request.once,
        )
        clock: SilenceTimer | None = None
        try:
            async with asyncio.timeout(request.silence) as timeout:
                clock = SilenceTimer(timeout, request.silence)
                if request.begun:
                    request.begun(clock)
                try:
                    async with self.fetcher.open(call, notes) as stream:
                        self._keep_cookies(stream)
                        notes.receives(
                            {"WWW-Authenticate": ", ".join(stream.headers.getall("WWW-Authenticate", [])) or None}
                        )
                        yield EndpointResponse(notes, stream, clock, bool(authorization))
                finally:
                    clock.stop()
        except TimeoutError:
            raise (clock and clock.failure) or TooSlow(f"{host_of(self.url)} did not respond in time.") from None

    def _with_cookies(self, headers: dict[str, str]) -> dict[str, str]:
        """Add the stored cookies, after those of any Cookie header that the person entered."""
        kept = self.cookies.header(self.url)
        name = next((name for name in headers if name.lower() == "cookie"), "Cookie")
        return {**headers, name: "; ".join(filter(None, (headers.get(name), kept)))} if kept else headers

    def _keep_cookies(self, stream: Stream) -> None:
        """Store the answer's cookies, and mask their values in the trace, as they may identify people's sessions."""
        for value in self.cookies.learn(self.url, stream.headers.getall("Set-Cookie", [])):
            self.trace.store.masker(self.trace.integration_id).secret("cookie", value)

    def _learn(self, stream: Stream) -> None:
        nonce = stream.headers.get("DPoP-Nonce")
        if nonce:
            self.authorizer.learn(self.url, nonce)


def require_no_redirect(stream: Stream) -> None:
    if 300 <= stream.status < 400:
        target = stream.headers.get("Location", "another address")[:300]
        raise StrangeAnswer(
            stream.status,
            f"The server redirects to {target}. If you trust that address, add it instead.",
        )


def _told(refusal: Refusal, words: bytes, kind: str) -> str:
    """The server's reason for a refusal: the challenge's error_description on one line (RFC 6750 section 3), else what
    the body says.
    """
    described = refusal.challenge.parameters.get("error_description", "") if refusal.challenge else ""
    said = one_line(described) or complaint(words, kind)
    return said if says_something(said) else ""


async def _hear_out(stream: Stream) -> bytes:
    """Read the body of a refusal, which may state the reason, within WORDS_OF_A_REFUSAL seconds and MOST_BODY bytes."""
    heard = bytearray()
    with suppress(FlowError, TimeoutError):
        async with asyncio.timeout(WORDS_OF_A_REFUSAL):
            async for chunk in stream.chunks():
                heard += chunk
                if len(heard) > MOST_BODY:
                    break
    return bytes(heard[:MOST_BODY])


def _refused(refusal: Refusal) -> str:
    if refusal.status == 403:
        return "The server requires more permissions for this than the token has."
    return "The server does not accept this token." if refusal.headers else "The server requires an access token."
