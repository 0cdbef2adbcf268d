"""Sealing: values that leave the program, or are stored, and must come back unread and unchanged (RFC 7516, dir with
A256GCM).
"""

import hmac
import json
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from . import base64url

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_MOST_KEYS = 256
"""Purposes whose keys are remembered: deriving one costs more than using it."""
# Only the header that is written here is read here: nobody else chooses algorithms or types.
_BEGINNING = base64url.encode(json.dumps(_HEADER, separators=(",", ":")).encode()) + "."


class _Registry(jwe.JWERegistry):
    """Has no small bound of size: what is opened was sealed here, and the result of a tool may be large."""

    max_ciphertext_length = 256 * 1024 * 1024


_REGISTRY = _Registry(algorithms=["dir", "A256GCM"])


class SealBroken(Exception):
    """The text was not sealed here, not for this purpose, or was changed."""


class Seal:
    """Seals with keys derived from the installation's secret, one for each purpose (RFC 5869)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._key = lru_cache(_MOST_KEYS)(self._made)

    def seal(self, data: bytes, *, purpose: str) -> str:
        """Encrypt and authenticate; what was sealed for one purpose does not open for another."""
        return jwe.encrypt_compact(_HEADER, data, self._key(purpose), registry=_REGISTRY)

    def open(self, text: str, *, purpose: str) -> bytes:
        """Return what was sealed. Raises SealBroken."""
        if not text.startswith(_BEGINNING):
            raise SealBroken(purpose)
        try:
            plaintext = jwe.decrypt_compact(text, self._key(purpose), registry=_REGISTRY).plaintext
        except (JoseError, ValueError) as error:
            raise SealBroken(purpose) from error
        if plaintext is None:
            raise SealBroken(purpose)
        return plaintext

    def mac(self, data: bytes, *, purpose: str) -> bytes:
        """Return the HMAC-SHA-256 of the data (RFC 2104): 32 bytes, the same in every process of this installation."""
        # The key's label is the one of the first release: another one would change every kept value.
        return hmac.digest(self._derived(f"mark of {purpose}"), data, "sha256")

    def _made(self, purpose: str) -> OctKey:
        return OctKey.import_key(self._derived(purpose))

    def _derived(self, purpose: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode("utf-8", "surrogatepass")).derive(
            self._secret
        )
