"""The context of the OAuth client for one MCP server: fetcher, trace and nonces."""

from collections import OrderedDict

from attrs import define, field, frozen

from ..addresses import host_of, origin_of
from ..fetcher import Call, Fetcher, Response
from ..sources import Sources
from ..trace import Notes, Trace

MOST_NONCES = 100
LONGEST_NONCE = 1024


@define
class Nonces:
    """The newest DPoP nonce of each server, by origin (RFC 9449 section 8.2); those longest unused are forgotten."""

    _known: "OrderedDict[str, str]" = field(factory=OrderedDict, repr=False)

    def learn(self, url: str, nonce: str | None) -> None:
        """Keep what a server gave out; what could not stand in a proof is left (RFC 9449 section 8.1)."""
        if nonce and len(nonce) <= LONGEST_NONCE and nonce.isascii() and nonce.isprintable():
            self._known[origin_of(url)] = nonce
            self._known.move_to_end(origin_of(url))
            if len(self._known) > MOST_NONCES:
                self._known.popitem(last=False)

    def of(self, url: str) -> str | None:
        return self._known.get(origin_of(url))


@frozen
class FlowContext:
    """The MCP server at ``url``, as it was typed, and the way to everything it names."""

    fetcher: Fetcher
    trace: Trace
    sources: Sources
    url: str
    nonces: Nonces = field(factory=Nonces)

    @property
    def typed_host(self) -> str:
        return host_of(self.url) or ""

    async def fetch(
        self,
        notes: Notes,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes | None = None,
        *,
        typed: str = "",
    ) -> Response:
        """One exchange, written into ``notes``.

        ``typed`` is the address whose host a person typed, unless it is that of the server. Raises Unreachable.
        """
        response = await self.fetcher.fetch(Call(method, url, host_of(typed) or self.typed_host, headers, body), notes)
        notes.status = response.status
        return response
