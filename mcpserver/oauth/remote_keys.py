"""Key sets at addresses (RFC 7517 section 5): fetched when they are needed, kept for a while, asked for again when a key is missing."""

import asyncio
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import TypeVar

from attrs import frozen

from ..fetching import Fetched, Fetcher, FetchError
from ..sources import Sources
from .public_keys import InvalidKey, KnownKey, read_keys

MAX_SIZE = 256 * 1024
"""Bytes of a document."""
SHORTEST, USUAL, LONGEST = 60, 600, 86400
"""Seconds that a document is kept: at least, when its server does not say, and at most."""
PATIENCE = 30
"""Seconds before the same address is asked again, when a key is missing or the last answer was no good."""

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})")
_log = logging.getLogger(__name__)

V = TypeVar("V")


class KeysUnavailable(Exception):
    """The keys cannot be had now; the reason is for the log."""


@frozen
class _Kept:
    keys: tuple[KnownKey, ...]
    fetched_at: int
    fresh_until: int


class RemoteKeys:
    """``capacity`` is how many sets are remembered. What was fetched once serves on while its server fails: an outage there is none here."""

    def __init__(self, fetcher: Fetcher, sources: Sources, *, capacity: int = 1000) -> None:
        self._fetcher = fetcher
        self._sources = sources
        self._capacity = capacity
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._failed_at: OrderedDict[str, int] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[tuple[KnownKey, ...]]] = {}

    async def find(self, url: str, *, algorithm: str, kid: str | None) -> tuple[KnownKey, ...]:
        """The keys at ``url`` that suit, after asking anew if none does. Raises KeysUnavailable."""
        now = self._sources.now()
        kept = self._kept.get(url)
        if kept is None or kept.fresh_until <= now or (not _suiting(kept.keys, algorithm, kid) and kept.fetched_at <= now - PATIENCE):
            return _suiting(await self._fetch(url), algorithm, kid)
        self._kept.move_to_end(url)
        return _suiting(kept.keys, algorithm, kid)

    async def _fetch(self, url: str) -> tuple[KnownKey, ...]:
        """One request at a time for an address, however many wait; none so soon after a failure."""
        kept = self._kept.get(url)
        if self._sources.now() < self._failed_at.get(url, -PATIENCE) + PATIENCE:
            return _or_unavailable(kept, "it failed a moment ago")
        task = self._fetching.get(url)
        if task is None:
            task = self._fetching[url] = asyncio.create_task(self._load(url))
            task.add_done_callback(lambda done: self._forget(url, done))
        try:
            return await asyncio.shield(task)
        except (FetchError, InvalidKey) as error:
            _log.warning("the keys at %s cannot be had: %s", url, error)
            return _or_unavailable(kept, str(error))

    async def _load(self, url: str) -> tuple[KnownKey, ...]:
        try:
            document, lifetime = read_document(await self._fetcher.get(url, max_size=MAX_SIZE))
            keys = read_keys(document)
        except (FetchError, InvalidKey):
            _bounded(self._failed_at, url, self._sources.now(), self._capacity)
            raise
        now = self._sources.now()
        self._failed_at.pop(url, None)
        _bounded(self._kept, url, _Kept(keys, now, now + lifetime), self._capacity)
        return keys

    def _forget(self, url: str, done: "asyncio.Task[tuple[KnownKey, ...]]") -> None:
        """Also where everybody who waited has left: a failure that nobody hears is no fault of the program."""
        del self._fetching[url]
        if not done.cancelled():
            done.exception()


def read_document(fetched: Fetched) -> tuple[object, int]:
    """The JSON of an answer, and for how many seconds it may be kept (RFC 9111 section 5.2.2.1). Raises FetchError."""
    if fetched.status != 200:
        raise FetchError(f"status {fetched.status}")
    try:
        return json.loads(fetched.body), _lifetime(fetched.headers)
    except (ValueError, RecursionError) as error:
        raise FetchError("it is not JSON") from error


def _lifetime(headers: Mapping[str, str]) -> int:
    found = _MAX_AGE.search(headers.get("cache-control", "").lower())
    return min(max(int(found[1]), SHORTEST), LONGEST) if found else USUAL


def _suiting(keys: tuple[KnownKey, ...], algorithm: str, kid: str | None) -> tuple[KnownKey, ...]:
    return tuple(known for known in keys if known.suits(algorithm, kid))


def _or_unavailable(kept: _Kept | None, reason: str) -> tuple[KnownKey, ...]:
    if kept is None:
        raise KeysUnavailable(reason)
    return kept.keys


def _bounded(entries: "OrderedDict[str, V]", key: str, value: V, capacity: int) -> None:
    entries[key] = value
    entries.move_to_end(key)
    while len(entries) > capacity:
        entries.popitem(last=False)
