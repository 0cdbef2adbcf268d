"""Signing keys: made on first start, sealed at rest, rotated without breaking tokens under way (RFC 7517)."""

import json

from joserfc.jwk import ECKey

from ..seal import Seal
from ..sources import Sources
from .models import SigningKey
from .secrets import random_text
from .store import OAuthStore

ALGORITHM = "ES256"
_PURPOSE = "signing-key"


class KeyRing:
    """The key that signs and those that still verify. ``overlap`` in seconds is how long a retired key's tokens may live."""

    def __init__(self, store: OAuthStore, seal: Seal, sources: Sources, *, overlap: int) -> None:
        self._store = store
        self._seal = seal
        self._sources = sources
        self._overlap = overlap
        self._keys: dict[str, ECKey] = {}
        self._retired_at: dict[str, int | None] = {}
        self._active = ""
        self._refreshed_at = 0

    @classmethod
    async def load(cls, store: OAuthStore, seal: Seal, sources: Sources, *, overlap: int) -> "KeyRing":
        """Open the ring, making the first key when there is none. Raises SealBroken when the secret is another one."""
        ring = cls(store, seal, sources, overlap=overlap)
        await ring.refresh()
        if not ring._active:
            await store.add_signing_key(ring._new_key(), only_if_none=True)
            await ring.refresh()
        return ring

    @property
    def active(self) -> tuple[str, ECKey]:
        """The key id and the private key that signs now."""
        return self._active, self._keys[self._active]

    def find(self, kid: str) -> ECKey | None:
        """The key of that id, while tokens signed with it may be alive."""
        return self._keys.get(kid) if self._is_live(kid) else None

    async def find_fresh(self, kid: str) -> ECKey | None:
        """Like ``find``, looking once every five seconds at most for a key that another process made."""
        if self.find(kid) is None and self._sources.now() - self._refreshed_at >= 5:
            await self.refresh()
        return self.find(kid)

    def public_jwks(self) -> dict[str, object]:
        """RFC 7517 section 5: public members only, newest first."""
        keys = [{**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM} for kid, key in self._keys.items() if self._is_live(kid)]
        return {"keys": keys}

    async def rotate(self) -> str:
        """Sign with a new key from now on; returns its key id. The old ones keep verifying for the overlap."""
        key = self._new_key()
        await self._store.add_signing_key(key)
        await self.refresh()
        return key.kid

    async def refresh(self) -> None:
        """Take in what other processes rotated."""
        kept = await self._store.list_signing_keys()
        self._keys = {key.kid: self._keys.get(key.kid) or self._open(key) for key in kept}
        self._retired_at = {key.kid: key.retired_at for key in kept}
        self._active = next((key.kid for key in kept if key.retired_at is None), "")
        self._refreshed_at = self._sources.now()

    def _is_live(self, kid: str) -> bool:
        retired_at = self._retired_at.get(kid)
        return kid in self._keys and (retired_at is None or self._sources.now() < retired_at + self._overlap)

    def _open(self, key: SigningKey) -> ECKey:
        return ECKey.import_key(json.loads(self._seal.open(key.sealed, purpose=_PURPOSE)))

    def _new_key(self) -> SigningKey:
        private = json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True)).encode()
        sealed = self._seal.seal(private, purpose=_PURPOSE)
        return SigningKey(kid=random_text(self._sources, 9), sealed=sealed, created_at=self._sources.now())
