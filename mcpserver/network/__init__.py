"""The one part that opens connections of its own accord."""

from attrs import field, frozen

from ..fetching import Fetcher
from .fetcher import HttpFetcher

__all__ = ["HttpFetcher", "Network"]


def _trusted() -> HttpFetcher:
    return HttpFetcher(admits=lambda _: True, plain=True)


@frozen
class Network:
    """``strangers`` fetches what others name, from the public Internet only; ``trusted`` what the operator named, wherever it is."""

    strangers: Fetcher = field(factory=HttpFetcher)
    trusted: Fetcher = field(factory=_trusted)

    async def close(self) -> None:
        await self.strangers.close()
        await self.trusted.close()
