"""Sealing of what must not lie open in the database (RFC 7516: dir with A256GCM), with a key file beside it."""

import hashlib
import hmac
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

HEADER = {"alg": "dir", "enc": "A256GCM"}


class VaultError(Exception):
    """The key file cannot be used: one sentence that says why."""


def read_key(path: Path, fresh: bytes) -> bytes:
    """The key in the file; ``fresh`` (32 bytes) is written first when there is none yet. Raises VaultError."""
    try:
        if not path.exists():
            _create(path, fresh)
    except OSError as error:
        raise VaultError(f"The key file {path} cannot be written: {error.strerror}.") from None
    return _existing_key(path)


def _create(path: Path, key: bytes) -> None:
    """Appear whole or not at all: of programs that start together one wins, and a full disk leaves no half of a key. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _existing_key(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise VaultError(f"The key file {path} can be read by others; make it private with: chmod 600 {path}")
        key = path.read_bytes()
    except OSError as error:
        raise VaultError(f"The key file {path} cannot be read: {error.strerror}.") from None
    if len(key) != 32:
        raise VaultError(f"The key file {path} does not hold a key of 32 bytes.")
    return key


class Registry(jwe.JWERegistry):
    """joserfc guards against oversized input from strangers; what we open is our own, and a tool's result may be large."""

    max_ciphertext_length = 256 * 1024 * 1024


REGISTRY = Registry(algorithms=["dir", "A256GCM"], strict_check_header=False)


def named(purpose: str) -> str:
    """A purpose of any length as a header of fixed length."""
    return hashlib.sha256(purpose.encode()).hexdigest()


class Vault:
    """Seals JSON values. A value names its purpose, so that one sealed thing never passes for another."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)
        self._raw = key

    def seal(self, purpose: str, value: Any) -> str:
        return jwe.encrypt_compact({**HEADER, "purpose": named(purpose)}, json.dumps(value).encode(), self._key, registry=REGISTRY)

    def open(self, purpose: str, sealed: str) -> Any | None:
        """The value, or None when it was sealed with another key or for another purpose."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, registry=REGISTRY)
        except (JoseError, ValueError):
            return None
        return json.loads(opened.plaintext or b"null") if opened.headers().get("purpose") == named(purpose) else None

    def derive(self, purpose: str) -> bytes:
        """Another key of 32 bytes, for one purpose only."""
        return hmac.new(self._raw, b"derived " + purpose.encode(), hashlib.sha256).digest()
