"""A cache of documents: fetched when needed, kept for a while, and longer while their server fails (RFC 9111, RFC 5861
section 4).
"""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Generic, TypeVar

from attrs import evolve, frozen

from mcpbase.json_bounds import TooManyParts, require_bounded
from mcpbase.masking import masked

from ...cache import SizedCache
from ...fetching import Fetched, Fetcher, FetchError
from ...sources import Sources
from ..limits import FetchQueue, NoPlace
from ..protocol import TooManyRequests

SHORTEST, USUAL, LONGEST = 60, 600, 86400
"""Seconds that a document is kept: at least, by default, and at most."""
PATIENCE = 30
"""Seconds before a URL is fetched again after a failure, while an older document is at hand, or for something
missing.
"""
HURRY = 5
"""Seconds before it is fetched again where the kept document does not suffice: a signing key may be newer than the kept
set.
"""
FAILED = 10
"""Seconds before a URL that gave nothing good is fetched again."""
HASTE = 1.0
"""Seconds that a caller waits for a newer document where an older one is at hand; none after the last caller waited in
vain.
"""
MEMORY = 16 * 1024 * 1024
"""Bytes of all documents; those least recently used make room."""
_FAILURES = 1024 * 1024
_WEIGHT = 8
"""Bytes in memory for each byte of a document: keys take that many, other documents fewer."""
MOST_PARTS = 10_000
"""Values and names of one document (see ``json_bounds``); a set of a hundred keys has about a third of that."""

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})")
_log = logging.getLogger(__name__)

T = TypeVar("T")


class Unavailable(Exception):
    """The document cannot be fetched, or is not valid; the reason is for the log."""


@frozen
class _Kept(Generic[T]):
    value: T
    asked_at: float
    fresh_until: float
    """Both of the monotonic clock."""
    size: int
    slow: bool = False
    """Whether the last attempt to have a newer one took too long to wait for."""


class HttpCache(Generic[T]):
    """The cache. ``read`` makes a value of the JSON at a URL, and raises ValueError when it is not valid.

    A value that was fetched once is used through failures. A URL that never gave a valid one is fetched again ten
    seconds later. ``max_size`` bounds the bytes of a document, ``memory`` those of all. ``queue`` limits fetching where
    strangers choose the URLs.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        read: Callable[[str, object], T],
        sources: Sources,
        *,
        max_size: int,
        memory: int = MEMORY,
        queue: FetchQueue | None = None,
    ) -> None:
        self._fetcher = fetcher
        self._read = read
        self._sources = sources
        self._max_size = max_size
        self._queue = queue
        self._kept: SizedCache[str, _Kept[T]] = SizedCache(memory)
        self._failed: SizedCache[str, float] = SizedCache(_FAILURES)
        self._fetching: dict[str, asyncio.Task[T]] = {}

    def __contains__(self, url: str) -> bool:
        """Return whether a value is kept."""
        return url in self._kept

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._kept.size + self._failed.size

    async def get(
        self, url: str, *, suffices: Callable[[T], bool] = lambda _: True, visitor: str = "", instead: T | None = None
    ) -> T:
        """Return the value at ``url``; one that does not suffice is fetched again, after a while.

        ``visitor`` is the address of who causes it; ``instead`` is used where nothing is kept and nothing can be
        fetched. Raises Unavailable, or TooManyRequests where the visitor has caused too much.
        """
        now = self._sources.monotonic()
        kept = self._kept.get(url)
        if kept is None and instead is not None:
            kept = _Kept(instead, now - PATIENCE, now, _WEIGHT * self._max_size // 4)
        if kept is None:
            return await self._fetch(url, visitor)
        enough = suffices(kept.value)
        if kept.asked_at > now - (PATIENCE if enough else HURRY) or (kept.fresh_until > now and enough):
            return kept.value
        try:
            async with asyncio.timeout(0 if kept.slow else HASTE):
                return await self._fetch(url, visitor)
        except TooManyRequests:
            return kept.value
        except (Unavailable, TimeoutError) as error:
            # What is under way goes on beside the answer, and is kept when it comes.
            self._keep(url, evolve(kept, asked_at=now, slow=isinstance(error, TimeoutError)))
            return kept.value

    async def _fetch(self, url: str, visitor: str) -> T:
        """Fetch once for all callers that wait for a URL."""
        task = self._fetching.get(url)
        if task is None:
            self._require_allowed(url, visitor)
            task = self._fetching[url] = asyncio.create_task(self._load(url, visitor))
            task.add_done_callback(lambda done: self._forget(url, done))
        elif self._queue is not None:
            self._queue.join(url, visitor)
        try:
            return await asyncio.shield(task)
        except (FetchError, ValueError) as error:
            raise Unavailable(f"{url}: {error}") from error

    def _require_allowed(self, url: str, visitor: str) -> None:
        failed_at = self._failed.get(url)
        if failed_at is not None and self._sources.monotonic() - failed_at < FAILED:
            raise Unavailable(f"{url}: it could not be had a moment ago")
        if self._queue is not None:
            self._queue.count(url, visitor)

    async def _load(self, url: str, visitor: str) -> T:
        try:
            async with self._place(url, visitor):
                fetched = await self._fetcher.get(url, max_size=self._max_size)
            document, lifetime = read_document(fetched)
            value = self._read(url, document)
        except (FetchError, ValueError) as error:
            _log.warning("%s cannot be had: %s", masked(url), masked(str(error)))
            if not isinstance(error, NoPlace):
                self._failed.put(url, self._sources.monotonic(), 2 * len(url))
            raise
        now = self._sources.monotonic()
        self._failed.pop(url)
        self._keep(url, _Kept(value, now, now + lifetime, _WEIGHT * len(fetched.body) + 2 * len(url)))
        return value

    def _place(self, url: str, visitor: str) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self._queue is None else self._queue.place(url, visitor)

    def _keep(self, url: str, kept: _Kept[T]) -> None:
        self._kept.put(url, kept, kept.size)

    def _forget(self, url: str, done: "asyncio.Task[T]") -> None:
        """Forget a fetch that has ended, and its error where all callers have left."""
        del self._fetching[url]
        if not done.cancelled():
            done.exception()


def read_document(fetched: Fetched) -> tuple[object, int]:
    """Return the JSON of a response, and for how many seconds it may be kept (RFC 9111 section 5.2.2.1). Raises
    FetchError.
    """
    if fetched.status != 200:
        raise FetchError(f"status {fetched.status}")
    try:
        require_bounded(fetched.body, MOST_PARTS)
        return json.loads(fetched.body), _lifetime(fetched.headers)
    except TooManyParts as error:
        raise FetchError("it has more to it than any real one") from error
    except (ValueError, RecursionError) as error:
        raise FetchError("it is not JSON") from error


def _lifetime(headers: Mapping[str, str]) -> int:
    found = _MAX_AGE.search(headers.get("cache-control", "").lower())
    return min(max(int(found[1]), SHORTEST), LONGEST) if found else USUAL
