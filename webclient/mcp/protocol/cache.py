"""Cache of results that are still fresh (MCP 2026-07-28, caching)."""

import hashlib
import json
from collections.abc import Callable, Mapping

from attrs import define, field, frozen

from ...json_text import JsonObject

CACHEABLE = frozenset({"tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"})
LISTS = {
    "notifications/tools/list_changed": ("tools/list",),
    "notifications/prompts/list_changed": ("prompts/list",),
    "notifications/resources/list_changed": ("resources/list", "resources/templates/list"),
}
UPDATED = "notifications/resources/updated"
MOST_ENTRIES, LONGEST = 200, 24 * 3600
MOST_BYTES = 4 * 1024 * 1024
"""Maximum size of all entries together, as JSON, in bytes; as Python values they would take many times as much."""


@frozen
class _Entry:
    until: float
    text: bytes = field(repr=False)


def context_of(authorization: Mapping[str, str]) -> str:
    """The authorization context that results belong to: a digest of the access token."""
    return hashlib.sha256(authorization.get("Authorization", "").encode()).hexdigest()


@define(eq=False)
class Cache:
    """The cache for one server and one person.

    Entries are keyed by method, parameters and, unless the server declares the result public, the token. ``now``
    returns seconds.
    """

    now: Callable[[], float]
    _entries: dict[tuple[str, str, str], _Entry] = field(factory=dict, repr=False)

    @staticmethod
    def _params(params: Mapping[str, object]) -> str:
        return json.dumps(params, sort_keys=True)

    def holds(self, method: str, params: Mapping[str, object]) -> bool:
        """Whether there is an entry, fresh or not, in any context."""
        return any(key[:2] == (method, self._params(params)) for key in self._entries)

    def find(self, method: str, params: Mapping[str, object], context: str) -> JsonObject | None:
        for scope in (context, "public"):
            entry = self._entries.get((method, self._params(params), scope))
            if entry and self.now() < entry.until:
                found: JsonObject = json.loads(entry.text)
                return found
        return None

    def keep(self, method: str, params: Mapping[str, object], context: str, result: JsonObject) -> None:
        """Store a result for as long as its ``ttlMs`` says, up to LONGEST seconds. The caller leaves out results of
        retries with input.
        """
        ttl = result.get("ttlMs")
        if method not in CACHEABLE or not isinstance(ttl, int) or isinstance(ttl, bool) or ttl <= 0:
            return
        scope = "public" if result.get("cacheScope") == "public" else context
        key = (method, self._params(params), scope)
        self._entries.pop(key, None)
        self._entries[key] = _Entry(
            self.now() + min(ttl, LONGEST * 1000) / 1000, json.dumps(result, ensure_ascii=False).encode()
        )
        while (
            len(self._entries) > MOST_ENTRIES or sum(len(entry.text) for entry in self._entries.values()) > MOST_BYTES
        ):
            self._entries.pop(next(iter(self._entries)))

    def forget(self, *methods: str, uri: str | None = None) -> None:
        """Remove all entries of these methods; with ``uri`` only those about it."""
        named = None if uri is None else self._params({"uri": uri})
        self._entries = {
            key: entry
            for key, entry in self._entries.items()
            if key[0] not in methods or (named is not None and key[1] != named)
        }

    def hear(self, method: str, params: Mapping[str, object]) -> None:
        """Remove the entries that a change notification makes stale."""
        if method in LISTS:
            self.forget(*LISTS[method])
        elif method == UPDATED and isinstance(uri := params.get("uri"), str):
            self.forget("resources/read", uri=uri)
