"""The resource server: from a bearer token (RFC 6750) to a person, a client or a challenge (RFC 9728 section 5.1)."""

import logging
import re
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from mcpbase.masking import masked

from ...principal import User
from ...sources import Sources
from ..keys import Presented, Proofs, Unavailable
from ..protocol import OAuthError, ScopeCatalog
from ..tokens import InvalidToken
from .challenges import Challenges
from .readiness import Trouble
from .token_cache import KnownToken, KnownTokens

_log = logging.getLogger(__name__)

# RFC 6750 section 2.1: b64token. What does not look like one was never issued here.
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


STALE_AFTER = 5
"""Seconds without news of revocations, ten times the polling interval, after which known tokens are verified again."""


class TokenVerifier(Protocol):
    """Verifies tokens that are not known yet: those of this server (``OwnTokens``), or another server's."""

    async def verify(self, token: str) -> KnownToken:
        """Verify a token. Raises InvalidToken, or Unavailable when that is not possible now."""

    async def revoked(self) -> list[str]:
        """Return the ids of grants whose tokens have ended, as far as they are announced."""


class ResourceServer:
    """Admits requests with a valid access token. ``capacity`` is how many known tokens are kept in memory.

    A token is verified the first time; then it is known until it expires or its grant is forgotten: by ``forget`` in
    the process that revokes, by ``poll_revocations`` in every other. Once that has been called, a process without news
    for ``STALE_AFTER`` seconds verifies every token again: while the store cannot say what was revoked, no token passes
    without asking it.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        *,
        scopes: ScopeCatalog,
        resource_metadata_url: str,
        sources: Sources,
        proofs: Proofs | None = None,
        capacity: int = 10_000,
    ) -> None:
        self._verifier = verifier
        self._challenges = Challenges(resource_metadata_url, scopes, dpop_only=proofs is not None and proofs.required)
        self._sources = sources
        self._proofs = proofs
        self._known = KnownTokens(capacity, sources)
        self.trouble = Trouble()
        self._heard_at: float | None = None
        self._listeners: list[Callable[[str], None]] = []

    async def authenticate(
        self, authorization: Sequence[str], query: Collection[str], proof: Presented | None = None
    ) -> User:
        """Return the person or client behind a request.

        ``authorization`` has the values of all Authorization headers, ``query`` the names of the query's parameters,
        ``proof`` shows possession of the key that the token may be bound to. Raises BearerError.
        """
        scheme, token = self._presented_token(authorization, query)
        known = self._find_known(token) or await self._verify(token)
        if known.thumbprint is not None or scheme != "bearer" or self._challenges.dpop_only:
            self._require_possession(scheme, token, known.thumbprint, proof)
        return known.user

    def require_scope(self, user: User, scope: str) -> None:
        """Require every scope of the space-separated ``scope``. Raises BearerError, status 403."""
        if not user.has_scope(scope):
            raise self._challenges.insufficient_scope(user, scope.split())

    def on_revoked(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` with each grant that is forgotten, so that what is under way for it is ended."""
        self._listeners.append(listener)

    def forget(self, grant_id: str) -> None:
        """Forget the known tokens of a grant, after it was revoked."""
        self._known.forget(grant_id)
        for listener in self._listeners:
            listener(grant_id)

    def forget_all(self) -> None:
        """Forget all known tokens, after a key was lost that may have signed some."""
        self._known.forgettings += 1  # for whoever is looking at one right now
        for grant_id in self._known.grants:
            self.forget(grant_id)

    async def poll_revocations(self) -> None:
        """Forget the tokens of grants that any process has revoked since the last call."""
        if self._heard_at is None:
            self._heard_at = self._sources.monotonic()
        for grant_id in await self._verifier.revoked():
            self.forget(grant_id)
        self._heard_at = self._sources.monotonic()

    def _find_known(self, token: str) -> KnownToken | None:
        is_deaf = self._heard_at is not None and self._sources.monotonic() - self._heard_at > STALE_AFTER
        return None if is_deaf else self._known.find(token)

    def _require_possession(self, scheme: str, token: str, thumbprint: str | None, proof: Presented | None) -> None:
        """Require a proof, under the scheme DPoP, for a token that is bound to a key (RFC 9449 section 7)."""
        if thumbprint is None:
            raise self._challenges.invalid_token("The access token is not bound to a key, and does not go with DPoP.")
        if scheme != "dpop" or self._proofs is None or proof is None:
            raise self._challenges.invalid_token(
                "The access token is bound to a key: send it with the scheme DPoP and a proof.", dpop=True
            )
        try:
            shown = self._proofs.verify(proof, token=token)
        except OAuthError as error:
            raise self._challenges.invalid_proof(error) from error
        if shown != thumbprint:
            raise self._challenges.invalid_token("The access token is bound to another key.", dpop=True)

    def _presented_token(self, authorization: Sequence[str], query: Collection[str]) -> tuple[str, str]:
        """Return the scheme, in lower case, and the token.

        RFC 6750 section 2: only the header is accepted; section 3.1: two ways at once are a malformed request.
        """
        self._require_one_header(authorization)
        scheme, _, token = authorization[0].strip().partition(" ") if authorization else ("", "", "")
        scheme, token = scheme.lower(), token.strip()
        if not (scheme == "bearer" or (scheme == "dpop" and self._proofs is not None)) or not token:
            raise self._challenges.unauthenticated()
        self._require_header_alone(query)
        self._require_b64token(token)
        return scheme, token

    def _require_one_header(self, authorization: Sequence[str]) -> None:
        if len(authorization) > 1:
            raise self._challenges.invalid_request("Send one Authorization header.")

    def _require_header_alone(self, query: Collection[str]) -> None:
        if "access_token" in query:
            raise self._challenges.invalid_request(
                "Send the access token in the Authorization header only, not in the address."
            )

    def _require_b64token(self, token: str) -> None:
        if not _B64TOKEN.fullmatch(token):
            raise self._challenges.invalid_token("The access token is malformed.")

    async def _verify(self, token: str) -> KnownToken:
        forgettings = self._known.forgettings
        try:
            known = await self._verifier.verify(token)
        except InvalidToken as error:
            _log.info("access token refused: %s", masked(error.reason))
            raise self._challenges.invalid_token(str(error)) from error
        except Unavailable as error:
            self.trouble.tell(str(error))
            raise self._challenges.unavailable() from error
        self.trouble.end()
        self._known.remember(token, known, forgettings=forgettings)
        return known
