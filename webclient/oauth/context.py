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
    """The newest DPoP nonce of each server, by origin (RFC 9449 section 8.2). At most MOST_NONCES are kept; the one set
    longest ago is dropped first.
    """

    _known: "OrderedDict[str, str]" = field(factory=OrderedDict, repr=False)

    def learn(self, url: str, nonce: str | None) -> None:
        """Store a nonce from a server; one that cannot be used in a proof is ignored (RFC 9449 section 8.1)."""
        if nonce and len(nonce) <= LONGEST_NONCE and nonce.isascii() and nonce.isprintable():
            self._known[origin_of(url)] = nonce
            self._known.move_to_end(origin_of(url))
            if len(self._known) > MOST_NONCES:
                self._known.popitem(last=False)

    def of(self, url: str) -> str | None:
        return self._known.get(origin_of(url))


@frozen
class FlowContext:
    """The MCP server at ``url``, as typed, with the fetcher, trace, sources and nonces used to reach it and the servers
    that it names.
    """

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
        """Perform one exchange, recorded in ``notes``.

        ``typed`` is the address whose host a person typed; empty means that of the MCP server. Raises Unreachable.
        """
        response = await self.fetcher.fetch(Call(method, url, host_of(typed) or self.typed_host, headers, body), notes)
        notes.status = response.status
        return response
