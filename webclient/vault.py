"""Sealing of JSON values for the database."""

import json
from typing import Any

from mcpbase.seal import Seal, SealBroken


class Vault:
    """Seals JSON values. Each is sealed for a purpose, so that it cannot be used in place of another."""

    def __init__(self, secret: bytes) -> None:
        self.seals = Seal(secret)

    def seal(self, purpose: str, value: Any) -> str:
        return self.seals.seal(json.dumps(value).encode(), purpose=purpose)

    def open(self, purpose: str, sealed: str) -> Any | None:
        """The value, or None when it was sealed with another secret or for another purpose."""
        try:
            return json.loads(self.seals.open(sealed, purpose=purpose))
        except SealBroken:
            return None

    def derive(self, purpose: str) -> bytes:
        """Derive a secret of 32 bytes for one purpose."""
        return self.seals.mac(b"", purpose=purpose)
