"""What stands at addresses: fetched when it is needed, kept for a while, and longer while its server fails (RFC 9111, RFC 5861 section 4)."""

import asyncio
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from attrs import frozen

from ..fetching import Fetched, Fetcher, FetchError
from ..json_bounds import TooManyParts, require_bounded
from ..sources import Sources

SHORTEST, USUAL, LONGEST = 60, 600, 86400
"""Seconds that something is kept: at least, when its server does not say, and at most."""
PATIENCE = 30
"""Seconds before the same address is asked again, after a failure that what is kept makes good, or for something missing."""
MOST_PARTS = 10_000
"""Values and names of one document (see ``json_bounds``); a set of a hundred keys has about a third of that."""

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})")
_log = logging.getLogger(__name__)

T = TypeVar("T")


class Unavailable(Exception):
    """It cannot be had now, or is not what it should be; the reason is for the log."""


@frozen
class _Kept(Generic[T]):
    value: T
    asked_at: float
    fresh_until: float
    """Both of the monotonic clock."""


class Remote(Generic[T]):
    """``read`` makes of the JSON at an address what it means, and raises ValueError where it means nothing.

    Failures are not kept: what was fetched once serves on through them, and what never was is asked for anew each time.
    ``capacity`` is how many addresses are remembered, ``max_size`` the bytes that one of them may have.
    """

    def __init__(self, fetcher: Fetcher, read: Callable[[str, object], T], sources: Sources, *, max_size: int, capacity: int = 1000) -> None:
        self._fetcher = fetcher
        self._read = read
        self._sources = sources
        self._max_size = max_size
        self._capacity = capacity
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[T]] = {}

    async def get(self, url: str, *, suffices: Callable[[T], bool] = lambda _: True) -> T:
        """What stands at ``url``, asking again for what does not suffice, though not at once. Raises Unavailable."""
        now = self._sources.monotonic()
        kept = self._kept.get(url)
        if kept is None:
            return await self._fetch(url)
        self._kept.move_to_end(url)
        if kept.asked_at > now - PATIENCE or (kept.fresh_until > now and suffices(kept.value)):
            return kept.value
        try:
            return await self._fetch(url)
        except Unavailable:
            self._kept[url] = _Kept(kept.value, now, kept.fresh_until)
            return kept.value

    async def _fetch(self, url: str) -> T:
        """One request at a time for an address, however many wait for it."""
        task = self._fetching.get(url)
        if task is None:
            task = self._fetching[url] = asyncio.create_task(self._load(url))
            task.add_done_callback(lambda done: self._forget(url, done))
        try:
            return await asyncio.shield(task)
        except (FetchError, ValueError) as error:
            _log.warning("%s cannot be had: %s", url, error)
            raise Unavailable(f"{url}: {error}") from error

    async def _load(self, url: str) -> T:
        document, lifetime = read_document(await self._fetcher.get(url, max_size=self._max_size))
        value = self._read(url, document)
        now = self._sources.monotonic()
        self._kept[url] = _Kept(value, now, now + lifetime)
        self._kept.move_to_end(url)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
        return value

    def _forget(self, url: str, done: "asyncio.Task[T]") -> None:
        """Also where everybody who waited has left: a failure that nobody hears is no fault of the program."""
        del self._fetching[url]
        if not done.cancelled():
            done.exception()


def read_document(fetched: Fetched) -> tuple[object, int]:
    """The JSON of an answer, and for how many seconds it may be kept (RFC 9111 section 5.2.2.1). Raises FetchError."""
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
