"""Documents fetched over HTTP, within narrow bounds of size, time and address.

``Network().strangers`` fetches what clients name and reaches public addresses only; ``.trusted`` fetches what the
operator named. Both satisfy ``Fetcher`` of ``mcpserver.fetching``.

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
    """``strangers`` fetches what others name, from the public Internet only; ``trusted`` what the operator named,
    wherever it is.
    """

    strangers: Fetcher = field(factory=HttpFetcher)
    trusted: Fetcher = field(factory=_trusted)

    async def close(self) -> None:
        await self.strangers.close()
        await self.trusted.close()
