"""The check of access tokens, as the endpoint needs it; ``oauth.resource.server.ResourceServer`` is one."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ..oauth.keys import Presented
from ..principal import User


class Authenticator(Protocol):
    async def authenticate(self, authorization: Sequence[str], query: Collection[str], proof: Presented) -> User:
        """The caller, by all Authorization values, the names of the query's parameters and the proof of possession.

        Raises BearerError.
        """

    def require_scope(self, user: User, scope: str) -> None:
        """Raises BearerError with status 403 unless every scope was granted."""
