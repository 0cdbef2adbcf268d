"""Fetching of documents over HTTP, within limits of size, time and address.

``Network().strangers`` fetches URLs that clients name, from public addresses only; ``.trusted`` fetches URLs that the
operator named. Both implement ``Fetcher`` of ``mcpserver.fetching``.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from attrs import field, frozen

from ..fetching import Fetcher
from .fetcher import HttpFetcher

__all__ = ["HttpFetcher", "Network"]


def _trusted() -> HttpFetcher:
    return HttpFetcher(admits=lambda _: True, plain=True)


@frozen
class Network:
    """The fetchers of the service.

    ``strangers`` fetches URLs that others name, from the public Internet only; ``trusted`` fetches URLs that the
    operator named, from any address.
    """

    strangers: Fetcher = field(factory=HttpFetcher)
    trusted: Fetcher = field(factory=_trusted)

    async def close(self) -> None:
        await self.strangers.close()
        await self.trusted.close()
