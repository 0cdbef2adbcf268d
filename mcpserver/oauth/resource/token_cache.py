"""Access tokens that were verified before, by digest: using one again costs no signature and no read."""

import hashlib
from collections import OrderedDict, defaultdict

from attrs import frozen

from ...principal import User
from ...sources import Sources


@frozen
class KnownToken:
    """A verified token. ``expires_at`` is its ``exp``, in epoch seconds; ``thumbprint`` that of its key (RFC 9449
    section 6).
    """

    user: User
    expires_at: int
    thumbprint: str | None = None


MAX_SIZE = 16 * 1024 * 1024
"""Bytes of all known tokens: those of other servers may carry long names."""
OF_ONE_GRANT = 100
"""Known tokens of one grant; more of them displace each other."""


@frozen
class _Kept:
    known: KnownToken
    until: float
    """Of the monotonic clock: when it ends, however the machine's clock is set meanwhile."""


class KnownTokens:
    """At most ``capacity`` tokens, and 16 MiB; those least recently used make room. Each takes about 1 KB.

    ``forgettings`` counts calls of ``forget``: a caller that read a grant before it changed must not remember it.
    """

    def __init__(self, capacity: int, sources: Sources) -> None:
        self._capacity = capacity
        self._sources = sources
        self._tokens: OrderedDict[bytes, _Kept] = OrderedDict()
        self._by_grant: defaultdict[str, dict[bytes, None]] = defaultdict(dict)
        self._by_client: defaultdict[str, set[bytes]] = defaultdict(set)
        self.forgettings = 0
        self.size = 0

    def __len__(self) -> int:
        return len(self._tokens)

    def find(self, token: str) -> KnownToken | None:
        """Return what is known of ``token``; None when it is not known, or has ended."""
        digest = _digest(token)
        kept = self._tokens.get(digest)
        if kept is None:
            return None
        if kept.known.expires_at <= self._sources.now() or kept.until <= self._sources.monotonic():
            self._drop(digest)
            return None
        self._tokens.move_to_end(digest)
        return kept.known

    def remember(self, token: str, known: KnownToken, *, forgettings: int) -> None:
        """Keep ``known``, unless anything was forgotten since its grant was read at ``forgettings``.

        Otherwise a revocation between the read and this call would be missed for as long as the token lives.
        """
        if forgettings != self.forgettings:
            return
        digest = _digest(token)
        if digest in self._tokens:
            self._drop(digest)
        self._tokens[digest] = _Kept(known, self._sources.monotonic() + known.expires_at - self._sources.now())
        self.size += _size(known)
        self._by_grant[known.user.grant_id][digest] = None
        self._by_client[known.user.client_id].add(digest)
        if len(self._by_grant[known.user.grant_id]) > OF_ONE_GRANT:
            self._drop(next(iter(self._by_grant[known.user.grant_id])))
        while len(self._tokens) > self._capacity or self.size > MAX_SIZE:
            self._drop(next(iter(self._tokens)))

    def forget(self, name: str) -> None:
        """Forget every token of a grant, or of a client that was removed: it may hold tokens of others' grants (RFC
        8693).
        """
        self.forgettings += 1
        for digest in [*self._by_grant.get(name, ()), *self._by_client.get(name, ())]:
            if digest in self._tokens:
                self._drop(digest)

    @property
    def grants(self) -> list[str]:
        """The grants that have a known token."""
        return list(self._by_grant)

    def _drop(self, digest: bytes) -> None:
        known = self._tokens.pop(digest).known
        self.size -= _size(known)
        of_grant, of_client = self._by_grant[known.user.grant_id], self._by_client[known.user.client_id]
        of_grant.pop(digest, None)
        of_client.discard(digest)
        if not of_grant:
            del self._by_grant[known.user.grant_id]
        if not of_client:
            del self._by_client[known.user.client_id]


def _size(known: KnownToken) -> int:
    """Return the bytes of a known token, counting characters at their largest."""
    user = known.user
    texts = (user.id, user.username, user.name, user.email or "", user.client_id, user.grant_id, *user.scopes)
    return 1000 + 4 * sum(map(len, texts))


def _digest(token: str) -> bytes:
    """Return the digest under which a token is known; the token itself is not kept."""
    return hashlib.sha256(token.encode("ascii")).digest()
