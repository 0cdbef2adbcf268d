"""How an MCP client gets in: what it asks of whoever holds the tokens (MCP authorization; RFC 6750, RFC 9449)."""

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

from ..errors import Challenge, NeedsScope, NeedsSignIn


@frozen
class Refusal:
    """An HTTP answer that refuses for want of authorization. ``status`` is 401 or 403; ``nonce`` is its DPoP-Nonce, if any (RFC 9449 section 9)."""

    method: str
    url: str
    status: int
    challenges: tuple[Challenge, ...] = ()
    nonce: str | None = None
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    """The authorization headers that were refused."""


class Authorizer(Protocol):
    """Tokens for one server. The MCP client asks for headers before every request and brings every 401 and 403 back."""

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The headers that authorize one HTTP request; empty when there is no token. Refreshes a token that ran out."""
        ...

    async def refused(self, refusal: Refusal) -> None:
        """Come back when the same request is worth sending again (a token renewed, a nonce learned, a permission added); the client asks for new headers.

        Raises NeedsSignIn or NeedsScope when only a person can help, or another FlowError. It bounds by itself how often it comes back.
        """
        ...


class Anonymous:
    """No tokens and no way to get one."""

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        return {}

    async def refused(self, refusal: Refusal) -> None:
        raise NeedsScope(()) if refusal.status == 403 else NeedsSignIn(None)
