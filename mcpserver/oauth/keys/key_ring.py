"""Signing keys of several algorithms: made on first start, sealed at rest, rotated without breaking tokens under way
(RFC 7517).
"""

import asyncio
import json

from attrs import frozen
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from mcpbase.seal import Seal, SealBroken

from ...secrets import random_text
from ...sources import Sources
from ..protocol import KeyStore, SigningKey
from .signing import ES256, PrivateKey, Signer, generate_key

_PURPOSE = "signing-key"


@frozen
class KeyRules:
    """Rules of rotation, in seconds: how long tokens of a retired key may live (``overlap``), how long a key signs
    (``rotation``, 0 for ever), and how long before its end the next one is published (``lead``).

    Access tokens are signed with ``algorithm``; there is a key for each of the ``further`` ones too.
    """

    overlap: int
    rotation: int = 0
    lead: int = 0
    algorithm: str = ES256
    further: tuple[str, ...] = ()

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms for which there is to be a key."""
        return tuple(dict.fromkeys((self.algorithm, *self.further)))


class KeyRing:
    """For each algorithm, the key that signs, the one that will, and those that still verify.

    The clock tells which one signs: every process changes at the same moment, and none has to write for it.
    """

    def __init__(self, store: KeyStore, seal: Seal, sources: Sources, rules: KeyRules) -> None:
        self._store = store
        self._seal = seal
        self._sources = sources
        self._rules = rules
        self._keys: list[SigningKey] = []
        self._signers: dict[str, Signer] = {}
        self._sought_at = sources.monotonic()
        self._has_lost = False

    @classmethod
    async def load(cls, store: KeyStore, seal: Seal, sources: Sources, rules: KeyRules) -> "KeyRing":
        """Open the ring; make the first key when there is none. Raises SealBroken when the installation's secret is
        another one.
        """
        ring = cls(store, seal, sources, rules)
        await ring.refresh()
        if not ring._keys:
            await ring._add_first(rules.algorithm)
        return ring

    @property
    def active(self) -> Signer:
        """The key that signs access tokens now."""
        return self.signer(self._rules.algorithm)

    def signer(self, algorithm: str) -> Signer:
        """Return the key that signs with that algorithm now."""
        now = self._sources.now()
        keys = [key for key in self._keys if key.algorithm == algorithm]
        signing = (key for key in keys if key.state(now) == "active")
        # A clock that was set back may have none that signs already: then the oldest of those that are to sign. And a
        # process that starts
        # without need of this algorithm retires its key: that one goes on here, until the next look makes another.
        waiting = (key for key in reversed(keys) if key.state(now) == "next")
        retired = (key for key in keys if key.signs_from <= now)
        found = next(signing, None) or next(waiting, None) or next(retired, None) or self._keys[0]
        return self._signers[found.kid]

    @property
    def algorithms(self) -> list[str]:
        """The algorithms of the keys that sign or are to sign, as stored."""
        return list(dict.fromkeys(key.algorithm for key in self._keys if key.retired_at is None))

    def find(self, kid: str) -> Signer | None:
        """Return the key of that id, while tokens signed with it may be valid."""
        return next((self._signers[kid] for key in self._keys if key.kid == kid and self._is_live(key)), None)

    async def find_fresh(self, kid: str) -> Signer | None:
        """Like ``find``, but look in the database, every five seconds at most, for a key that another process made."""
        if self.find(kid) is None and self._sources.monotonic() - self._sought_at >= 5:
            self._sought_at = self._sources.monotonic()
            await self.refresh()
        return self.find(kid)

    def public_jwks(self) -> dict[str, object]:
        """Return the public keys, newest first (RFC 7517 section 5)."""
        return {"keys": [self._signers[key.kid].public_jwk for key in self._keys if self._is_live(key)]}

    async def rotate(self, algorithm: str | None = None, *, lead: int = 0) -> SigningKey:
        """Publish a new key for an algorithm (that of access tokens when None), and sign with it in ``lead`` seconds.

        The old ones verify for the overlap. Where none signs any more, because a process that does not need the
        algorithm has retired it, the new one signs at once.
        """
        algorithm = algorithm or self._rules.algorithm
        await self.refresh()
        key = await self._new_key(algorithm, self._sources.now() + (lead if self._newest(algorithm) is not None else 0))
        await self._store.add_signing_key(key)
        await self.refresh()
        return key

    async def remove(self, kid: str) -> bool:
        """Delete a retired key: what it signed is no longer valid. False when there is none of that id, or it signs or
        is to sign.
        """
        removed = await self._store.remove_signing_key(kid, now=self._sources.now())
        await self.refresh()
        return removed

    async def adopt_algorithms(self) -> None:
        """Have a key for each algorithm of the rules, and retire those of others.

        This happens at a start only: two processes with different settings would otherwise retire each other's keys for
        ever.
        """
        now = self._sources.now()
        for key in self._keys:
            if key.state(now) != "retired" and key.algorithm not in self._rules.algorithms:
                await self._store.retire_signing_key(key.kid, at=now)
        await self.refresh()
        await self._add_missing()

    async def look(self) -> bool:
        """Read what other processes rotated.

        True when a key was removed since the last call whose tokens would still be valid.
        """
        await self.refresh()
        lost, self._has_lost = self._has_lost, False
        return lost

    @property
    def is_renewal_due(self) -> bool:
        """Whether ``renew`` has something to do."""
        has_missing = bool(set(self._rules.algorithms) - set(self.algorithms))
        return has_missing or any(self._due())

    async def renew(self) -> None:
        """Publish the next key of each algorithm when it is due. Of several processes that do it at once, one adds the
        key.
        """
        await self.refresh()
        await self._add_missing()
        for newest in self._due():
            await self._replace(newest, signs_from=self._sources.now() + self._rules.lead)

    def _due(self) -> list[SigningKey]:
        """Return the newest keys whose successor is due."""
        newest = (self._newest(algorithm) for algorithm in self._rules.algorithms)
        return [key for key in newest if key is not None and self._is_next_due(key)]

    async def refresh(self) -> None:
        """Read what other processes rotated and deleted."""
        gone = {key.kid for key in self._keys if self._is_live(key)}
        keys = await self._store.list_signing_keys()
        self._signers = {key.kid: self._signers.get(key.kid) or self._open(key) for key in keys}
        self._keys = keys
        self._has_lost = self._has_lost or bool(gone - set(self._signers))

    def _newest(self, algorithm: str) -> SigningKey | None:
        """Return the key of an algorithm that has no successor yet; None where another process has just retired it."""
        return next((key for key in self._keys if key.algorithm == algorithm and key.retired_at is None), None)

    async def _add_missing(self) -> None:
        """Add a key for each algorithm that has none to go on with; it signs at once."""
        for algorithm in set(self._rules.algorithms) - set(self.algorithms):
            await self._add_first(algorithm)

    async def _add_first(self, algorithm: str) -> None:
        await self._store.add_signing_key(await self._new_key(algorithm, self._sources.now()), only_if_none=True)
        await self.refresh()

    def _is_next_due(self, newest: SigningKey) -> bool:
        """Return whether the successor of the newest key is to be published; never before the newest one signs."""
        now = self._sources.now()
        return (
            bool(self._rules.rotation)
            and newest.signs_from <= now
            and newest.signs_from + self._rules.rotation <= now + self._rules.lead
        )

    async def _replace(self, key: SigningKey, *, signs_from: int) -> None:
        """Add a key of the same algorithm, unless another process has replaced this one; then read that."""
        await self._store.add_signing_key(await self._new_key(key.algorithm, signs_from), replacing=key.kid)
        await self.refresh()

    def _is_live(self, key: SigningKey) -> bool:
        return key.retired_at is None or self._sources.now() < key.retired_at + self._rules.overlap

    def _open(self, key: SigningKey) -> Signer:
        return Signer(key.kid, key.algorithm, _read(self._seal.open(key.sealed, purpose=_PURPOSE)))

    async def _new_key(self, algorithm: str, signs_from: int) -> SigningKey:
        private = await asyncio.to_thread(generate_key, algorithm, self._sources.rsa_key)
        sealed = self._seal.seal(json.dumps(private.as_dict(private=True)).encode(), purpose=_PURPOSE)
        now = self._sources.now()
        return SigningKey(random_text(self._sources, 9), sealed, now, signs_from, algorithm)


def is_sealed_with(seal: Seal, sealed: str) -> bool:
    """Return whether the installation's secret opens a signing key at rest."""
    try:
        _read(seal.open(sealed, purpose=_PURPOSE))
    except (SealBroken, JoseError, ValueError):
        return False
    return True


def _read(private: bytes) -> PrivateKey:
    key = JWKRegistry.import_key(json.loads(private))
    assert isinstance(key, PrivateKey)
    return key
