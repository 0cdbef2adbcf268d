"""The interface of access token checks at the endpoint; ``oauth.resource.server.ResourceServer`` implements it."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ..oauth.keys import Presented
from ..principal import User


class Authenticator(Protocol):
    async def authenticate(self, authorization: Sequence[str], query: Collection[str], proof: Presented) -> User:
        """Return the caller, from all Authorization values, the query parameter names and the proof of possession.

        Raises BearerError.
        """

    def require_scope(self, user: User, scope: str) -> None:
        """Raises BearerError with status 403 unless every scope was granted."""
