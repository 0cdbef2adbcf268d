"""One HTTP request to the MCP endpoint: authorized, told in the trace, and sent again when the authorizer says so (MCP authorization)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from attrs import define, field, frozen

from ..addresses import host_of
from ..errors import ProtocolFailure
from ..fetcher import Call, Fetcher, Stream
from ..oauth.challenges import parse_challenges
from ..trace import CLIENT, MCP, Notes, Trace
from .authorizer import Authorizer, Refusal

KNOCKING, ENTERING, USING = "Knocking at the door", "Coming in with the token", "Using the tools"
MOST_REFUSALS = 8
SHOWN = ("MCP-Protocol-Version", "Mcp-Session-Id", "Last-Event-ID", "Authorization")


@frozen
class Step:
    """How a request is told in the trace. ``authorized`` is the title when a token goes along; ``chapter`` is empty for meeting the server."""

    title: str
    rule: str
    chapter: str = ""
    authorized: str = ""
    meaning: str = ""


@frozen
class Request:
    """``told`` is what the trace shows of it beside the headers; ``timeout`` in seconds, None for the fetcher's own."""

    method: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    told: Mapping[str, object] = field(factory=dict, repr=False)
    timeout: float | None = None


def refusal_of(request: Request, url: str, stream: Stream, authorization: Mapping[str, str]) -> Refusal | None:
    """Every 401, and a 403 that carries a challenge, is for the authorizer (RFC 9110 section 15.5.2, RFC 6750 section 3.1)."""
    challenges = tuple(parse_challenges(stream.headers.getall("WWW-Authenticate", [])))
    if stream.status != 401 and not (stream.status == 403 and challenges):
        return None
    return Refusal(request.method, url, stream.status, challenges, stream.headers.get("DPoP-Nonce"), authorization)


@define
class Endpoint:
    """The server at ``url``, reached with ``fetcher``; who may come in is the ``authorizer``'s business."""

    fetcher: Fetcher
    trace: Trace
    url: str
    authorizer: Authorizer

    @asynccontextmanager
    async def send(self, request: Request, step: Step) -> AsyncIterator[tuple[Notes, Stream]]:
        """The beginning of an answer that is no refusal. Raises what the authorizer raises, Unreachable, and ProtocolFailure for endless refusals."""
        for _ in range(MOST_REFUSALS):
            authorization = await self.authorizer.headers(request.method, self.url)
            async with self._hop(step, bool(authorization)) as notes, self._open(request, authorization, notes) as stream:
                refusal = refusal_of(request, self.url, stream, authorization)
                if refusal is None:
                    self._learn(stream)
                    yield notes, stream
                    return
                notes.outcome, notes.meaning = "info", _refused(refusal)
            await self.authorizer.refused(refusal)
        raise ProtocolFailure("The server refused every token that it was shown, so the client stopped trying.")

    @asynccontextmanager
    async def _hop(self, step: Step, authorized: bool) -> AsyncIterator[Notes]:
        chapter = step.chapter or (ENTERING if authorized else KNOCKING)
        title = step.authorized if authorized and step.authorized else step.title
        async with self.trace.hop(CLIENT, MCP, chapter, title, method="POST", url=self.url, rule=step.rule) as notes:
            notes.meaning = step.meaning
            yield notes

    @asynccontextmanager
    async def _open(self, request: Request, authorization: Mapping[str, str], notes: Notes) -> AsyncIterator[Stream]:
        headers = {**request.headers, **authorization}
        shown = {name: headers.get(name) for name in (*SHOWN, *(name for name in headers if name.startswith("Mcp-Param-")))}
        notes.sends({**request.told, **shown})
        call = Call(request.method, self.url, host_of(self.url) or "", headers, request.body, request.timeout)
        async with self.fetcher.open(call, notes) as stream:
            notes.status = stream.status
            notes.receives({"WWW-Authenticate": ", ".join(stream.headers.getall("WWW-Authenticate", [])) or None})
            yield stream

    def _learn(self, stream: Stream) -> None:
        nonce = stream.headers.get("DPoP-Nonce")
        if nonce:
            self.authorizer.learn(self.url, nonce)


def _refused(refusal: Refusal) -> str:
    if refusal.status == 403:
        return "The server wants more permission for this than the token has."
    return "The server does not take this token." if refusal.headers else "The server wants to know who you are first: it asks for an access token."
