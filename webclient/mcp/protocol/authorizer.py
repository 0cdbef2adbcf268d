"""The interface by which an MCP client gets tokens and reports refusals (MCP authorization; RFC 6750, RFC 9449)."""

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

from ...errors import Challenge, FlowError, NeedsScope, NeedsSignIn


@frozen
class Refusal:
    """An HTTP answer that refuses a request for lack of authorization.

    ``status`` is 401 or 403; ``nonce`` is its DPoP-Nonce, if any (RFC 9449 section 9).
    """

    method: str
    url: str
    status: int
    challenges: tuple[Challenge, ...] = ()
    nonce: str | None = None
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    """The authorization headers that were refused."""
    told: str = ""
    """The server's own message about it, masked; empty when there is none."""

    @property
    def challenge(self) -> Challenge | None:
        """The first challenge to answer with a token: Bearer, or DPoP where only that is offered."""
        named = {challenge.scheme: challenge for challenge in reversed(self.challenges)}
        return named.get("bearer") or named.get("dpop")

    @property
    def wants_nonce(self) -> bool:
        """Whether the request should be repeated with the nonce in the proof (RFC 9449 section 9)."""
        asked = any(
            challenge.scheme == "dpop" and challenge.parameters.get("error") == "use_dpop_nonce"
            for challenge in self.challenges
        )
        return self.status == 401 and asked and bool(self.nonce)

    @property
    def for_a_person(self) -> FlowError:
        """The error to raise when only a person can help (RFC 6750 section 3.1)."""
        challenge = self.challenge
        if self.status == 403:
            return NeedsScope(challenge.scopes if challenge else ())
        return (
            NeedsSignIn(challenge, self._said("The MCP server refuses the token."))
            if self.headers
            else NeedsSignIn(challenge)
        )

    @property
    def of_fresh_token(self) -> FlowError:
        """The error to raise when the token was just issued: another sign-in would have the same result."""
        return NeedsSignIn(self.challenge, self._said("The MCP server refuses the token that was just issued for it."))

    def _said(self, sentence: str) -> str:
        return (
            f"{sentence} It says: {self.told}{'' if self.told[-1] in '.!?…' else '.'}"
            if self.told
            else f"{sentence} It does not say why."
        )


class Authorizer(Protocol):
    """Provides tokens for one server. The MCP client asks for headers before every request, and reports every 401 and
    every 403 whose challenge is about scopes.
    """

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The headers that authorize one HTTP request; empty when there is no token. Refreshes an expired token."""
        ...

    async def refused(self, refusal: Refusal) -> None:
        """Handle a refusal; returns when the request should be repeated (a token renewed, a nonce learned, a permission
        added), for which the client asks for new headers.

        Raises NeedsSignIn or NeedsScope when only a person can help, or another FlowError. The implementation limits
        how often it returns.
        """
        ...

    def learn(self, url: str, nonce: str) -> None:
        """Learn a DPoP-Nonce from an answer that was no refusal, for use in the next proof (RFC 9449 section 8.2)."""
        ...


class Anonymous:
    """An authorizer without tokens, which passes every refusal on to the person."""

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        return {}

    async def refused(self, refusal: Refusal) -> None:
        raise refusal.for_a_person

    def learn(self, url: str, nonce: str) -> None:
        pass
