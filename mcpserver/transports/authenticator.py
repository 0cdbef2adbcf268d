"""Who may pass; ``oauth.resource_server.ResourceServer`` is one."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ..oauth.keys.dpop import Presented
from ..principal import User


class Authenticator(Protocol):
    async def authenticate(self, authorization: Sequence[str], query: Collection[str], proof: Presented) -> User:
        """From every Authorization value, the names of the query's parameters and the proof of possession to the caller. Raises BearerError."""

    def require_scope(self, user: User, scope: str) -> None:
        """Raises BearerError with status 403 unless every scope was granted."""
