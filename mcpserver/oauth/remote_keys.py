"""Key sets at addresses (RFC 7517 section 5), asked for again when a key is missing."""

from ..fetching import Fetcher
from ..sources import Sources
from .public_keys import KnownKey, read_keys
from .remote import Remote

MAX_SIZE = 256 * 1024
"""Bytes of a document."""


class RemoteKeys:
    """What was fetched once serves on while its server fails: an outage there is none here."""

    def __init__(self, fetcher: Fetcher, sources: Sources) -> None:
        self._sets: Remote[tuple[KnownKey, ...]] = Remote(fetcher, lambda _, document: read_keys(document), sources, max_size=MAX_SIZE)

    async def find(self, url: str, *, algorithm: str, kid: str | None) -> tuple[KnownKey, ...]:
        """The keys at ``url`` that may have signed what has that header. Raises Unavailable."""
        keys = await self._sets.get(url, suffices=lambda keys: bool(_suiting(keys, algorithm, kid)))
        return _suiting(keys, algorithm, kid)


def _suiting(keys: tuple[KnownKey, ...], algorithm: str, kid: str | None) -> tuple[KnownKey, ...]:
    return tuple(known for known in keys if known.suits(algorithm, kid))
