"""Who may use the resource: bearer tokens in (RFC 6750), a person, a client or a challenge out (RFC 9728 section 5.1)."""

import logging
import re
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from mcpbase.masking import masked

from ...principal import User
from ...sources import Sources
from ..keys.dpop import Presented, Proofs
from ..keys.http_cache import Unavailable
from ..protocol.errors import OAuthError
from ..protocol.scopes import ScopeCatalog
from ..tokens.access_token import InvalidToken
from .challenges import Challenges
from .readiness import Trouble
from .token_cache import KnownToken, KnownTokens

_log = logging.getLogger(__name__)

# RFC 6750 section 2.1: b64token. What does not look like one was never issued here.
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


STALE_AFTER = 5
"""Seconds without word of revocations, ten times the pause between two questions, after which known tokens are known no more."""


class TokenVerifier(Protocol):
    """What a token that is new here means; ``OwnTokens`` is one, and so are those for another server's tokens."""

    async def verify(self, token: str) -> KnownToken:
        """Raises InvalidToken, or Unavailable when it cannot be told now."""

    async def revoked(self) -> list[str]:
        """The ids of the grants whose tokens are over, as far as anybody told."""


class ResourceServer:
    """Admits requests with a live access token. ``capacity`` is how many known tokens are kept in memory.

    A token is verified the first time it is seen; after that it is known until it expires or its grant is forgotten: by ``forget`` in
    the process that revokes, by ``poll_revocations`` in every other. Once that is called, hearing nothing for ``STALE_AFTER`` seconds makes every
    token a new one: while the store cannot say what was revoked, nothing passes without having asked it.
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

    async def authenticate(self, authorization: Sequence[str], query: Collection[str], proof: Presented | None = None) -> User:
        """Who is behind a request.

        ``authorization`` holds the value of every Authorization header field, ``query`` the names of the query's parameters,
        ``proof`` what shows possession of the key that the token may be bound to. Raises BearerError.
        """
        scheme, token = self._presented_token(authorization, query)
        known = self._find_known(token) or await self._verify(token)
        if known.thumbprint is not None or scheme != "bearer" or self._challenges.dpop_only:
            self._require_possession(scheme, token, known.thumbprint, proof)
        return known.user

    def require_scope(self, user: User, scope: str) -> None:
        """Refuse unless every scope of the space-separated ``scope`` was granted. Raises BearerError, status 403."""
        if not user.has_scope(scope):
            raise self._challenges.insufficient_scope(user, scope.split())

    def on_revoked(self, listener: Callable[[str], None]) -> None:
        """Have ``listener`` hear each grant that is forgotten: what is under way for it has to end."""
        self._listeners.append(listener)

    def forget(self, grant_id: str) -> None:
        """Let no known token of a grant pass any more; to be called after it was revoked."""
        self._known.forget(grant_id)
        for listener in self._listeners:
            listener(grant_id)

    def forget_all(self) -> None:
        """Look at every token anew; to be called after a key was lost that may have signed some."""
        self._known.forgettings += 1  # for whoever is looking at one right now
        for grant_id in self._known.grants:
            self.forget(grant_id)

    async def poll_revocations(self) -> None:
        """Forget what any process has revoked since the last call."""
        if self._heard_at is None:
            self._heard_at = self._sources.monotonic()
        for grant_id in await self._verifier.revoked():
            self.forget(grant_id)
        self._heard_at = self._sources.monotonic()

    def _find_known(self, token: str) -> KnownToken | None:
        is_deaf = self._heard_at is not None and self._sources.monotonic() - self._heard_at > STALE_AFTER
        return None if is_deaf else self._known.find(token)

    def _require_possession(self, scheme: str, token: str, thumbprint: str | None, proof: Presented | None) -> None:
        """RFC 9449 section 7: a token that is bound to a key goes with a proof of it, under the scheme DPoP, and with nothing less."""
        if thumbprint is None:
            raise self._challenges.invalid_token("The access token is not bound to a key, and does not go with DPoP.")
        if scheme != "dpop" or self._proofs is None or proof is None:
            raise self._challenges.invalid_token("The access token is bound to a key: send it with the scheme DPoP and a proof.", dpop=True)
        try:
            shown = self._proofs.verify(proof, token=token)
        except OAuthError as error:
            raise self._challenges.invalid_proof(error) from error
        if shown != thumbprint:
            raise self._challenges.invalid_token("The access token is bound to another key.", dpop=True)

    def _presented_token(self, authorization: Sequence[str], query: Collection[str]) -> tuple[str, str]:
        """The scheme, in lower case, and the token.

        RFC 6750 section 2: the header is the one way in; section 3.1: more than one way at once is a malformed request.
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
            raise self._challenges.invalid_request("Send the access token in the Authorization header only, not in the address.")

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
