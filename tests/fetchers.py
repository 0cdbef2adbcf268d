"""A fetcher that fetches nothing and notes when it is closed."""

from collections.abc import Mapping

from attrs import define

from mcpserver.fetching import Fetched, Fetcher, FetchError
from mcpserver.network import Network


@define
class ClosingFetcher(Fetcher):
    """Appends ``name`` to ``closed``."""

    name: str
    closed: list[str]

    async def get(self, url: str, *, max_size: int) -> Fetched:
        raise FetchError("there is no network")

    async def post(self, url: str, form: Mapping[str, str], *, authorization: str, max_size: int) -> Fetched:
        raise FetchError("there is no network")

    async def close(self) -> None:
        self.closed.append(self.name)


def closing_network(closed: list[str]) -> Network:
    """Appends ``strangers`` and ``trusted`` when these are closed."""
    return Network(ClosingFetcher("strangers", closed), ClosingFetcher("trusted", closed))
