"""Remote key sets (RFC 7517 section 5), fetched again when a key is missing."""

from ...fetching import Fetcher
from ...sources import Sources
from ..limits import FetchQueue
from .http_cache import HttpCache
from .public_keys import KnownKey, read_keys

MAX_SIZE = 256 * 1024
"""Bytes of a document."""


class RemoteKeys:
    """Remote keys. What was fetched is used while their server fails. ``queue`` is for where strangers choose
    the URLs.
    """

    def __init__(self, fetcher: Fetcher, sources: Sources, *, queue: FetchQueue | None = None) -> None:
        self._sets: HttpCache[tuple[KnownKey, ...]] = HttpCache(
            fetcher, lambda _, document: read_keys(document), sources, max_size=MAX_SIZE, queue=queue
        )

    async def get(self, url: str) -> tuple[KnownKey, ...]:
        """Return all usable keys at ``url``. Raises Unavailable."""
        return await self._sets.get(url)

    async def find(self, url: str, *, algorithm: str, kid: str | None, visitor: str = "") -> tuple[KnownKey, ...]:
        """Return the keys at ``url`` that may have made a signature with that header; ``visitor`` is the address of who
        asks.

        Raises Unavailable or TooManyRequests.
        """
        keys = await self._sets.get(url, suffices=lambda keys: bool(_suiting(keys, algorithm, kid)), visitor=visitor)
        return _suiting(keys, algorithm, kid)


def _suiting(keys: tuple[KnownKey, ...], algorithm: str, kid: str | None) -> tuple[KnownKey, ...]:
    return tuple(known for known in keys if known.suits(algorithm, kid))
