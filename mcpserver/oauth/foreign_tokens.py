"""Access tokens of somebody else's authorization server: read by its keys (RFC 9068), or asked about (RFC 7662)."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import cast
from urllib.parse import quote_plus

from attrs import field, frozen

from ..fetching import Fetcher, FetchError
from ..json_bounds import require_bounded
from ..principal import User
from ..sources import Sources
from .access_token import LEEWAY, InvalidToken, instant_of, text_of, thumbprint_of
from .assertion import Assertion, InvalidAssertion, read_assertion
from .issuers import Issuers
from .known_tokens import KnownToken
from .remote import MOST_PARTS, Unavailable

Members = Mapping[str, object]

TYPES = frozenset({None, "jwt", "at+jwt"})
"""Most servers say JWT; the audience tells their access tokens from their ID tokens, which are for the client (RFC 9068 section 5)."""
REMEMBERED = 30
"""Seconds that the answer about a token is good for: so long may a revocation go unheard."""
MAX_ANSWER = 64 * 1024
"""Bytes."""


@frozen
class Trust:
    """Whose tokens, and for whom: ``issuer`` is compared byte by byte, ``audience`` must stand among those of the token."""

    issuer: str
    audience: str

    def require(self, members: Members) -> None:
        """MCP 2026-07-28, authorization: a token that is not for this server is not accepted. Raises InvalidToken."""
        if members.get("iss") != self.issuer:
            raise InvalidToken("The access token comes from another issuer.")
        audience = members.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken("The access token is for another resource.")


@frozen
class SignedTokens:
    """JWTs, verified with the keys that the issuer's metadata lead to."""

    trust: Trust
    issuers: Issuers
    sources: Sources

    async def verify(self, token: str) -> KnownToken:
        """RFC 9068 section 4. Raises InvalidToken or Unavailable."""
        signed = _read(token)
        keys = await self.issuers.keys(self.trust.issuer, signed)
        try:
            claims = signed.verified(keys)
        except InvalidAssertion as error:
            raise InvalidToken("The access token's signature does not hold.") from error
        self.trust.require(claims)
        return _known(claims, require_alive(claims, now=self.sources.now()))

    async def revoked(self) -> list[str]:
        """Nothing is heard of; the tokens end by themselves."""
        return []


@frozen
class Asking:
    """Where to ask, and as whom."""

    client_id: str
    client_secret: str = field(repr=False)

    @property
    def authorization(self) -> str:
        """RFC 6749 section 2.3.1: both parts are form-encoded before they are joined."""
        return "Basic " + b64encode(f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}".encode()).decode()


@frozen
class AskedTokens:
    """Tokens of any form; what is answered is good for a moment."""

    trust: Trust
    asking: Asking
    issuers: Issuers
    fetcher: Fetcher
    sources: Sources

    async def verify(self, token: str) -> KnownToken:
        """RFC 7662 section 2. Raises InvalidToken or Unavailable."""
        members = await self._ask(token)
        if members.get("active") is not True:
            raise InvalidToken("The access token is not active.")
        now = self.sources.now()
        # Section 2.2: all of these may be left out, the subject of a client that acts for itself among them.
        members = {"iss": self.trust.issuer, "sub": members.get("client_id"), **members}
        self.trust.require(members)
        expires_at = require_alive(members, now=now) if "exp" in members else now + REMEMBERED
        return _known(members, min(expires_at, now + REMEMBERED))

    async def revoked(self) -> list[str]:
        """Nothing is heard of: it is asked again instead."""
        return []

    async def _ask(self, token: str) -> Members:
        url = await self.issuers.endpoint(self.trust.issuer, "introspection_endpoint")
        form = {"token": token, "token_type_hint": "access_token"}
        try:
            fetched = await self.fetcher.post(url, form, authorization=self.asking.authorization, max_size=MAX_ANSWER)
            require_bounded(fetched.body, MOST_PARTS)
            document = json.loads(fetched.body) if fetched.status == 200 else None
        except (FetchError, ValueError, RecursionError) as error:
            raise Unavailable(f"{url}: {error}") from error
        if not isinstance(document, dict):
            raise Unavailable(f"{url}: status {fetched.status}, and nothing to read")
        return cast(Members, document)


def require_alive(members: Members, *, now: int) -> int:
    """RFC 7519 section 4.1; returns when it ends, in epoch seconds. Raises InvalidToken."""
    expires_at = instant_of(members, "exp")
    if expires_at <= now:
        raise InvalidToken("The access token has expired.")
    if "nbf" in members and instant_of(members, "nbf") > now + LEEWAY:
        raise InvalidToken("The access token is not valid yet.")
    return expires_at


def _read(token: str) -> Assertion:
    """RFC 9068 section 4: of the right type, where it says one."""
    try:
        signed = read_assertion(token)
    except InvalidAssertion as error:
        raise InvalidToken("The access token is not one of the issuer's.") from error
    if signed.type not in TYPES:
        raise InvalidToken("This is not an access token.")
    return signed


def _known(members: Members, expires_at: int) -> KnownToken:
    subject = text_of(members, "sub")
    client_id = next((value for name in ("client_id", "azp", "cid") if isinstance(value := members.get(name), str)), "")
    username = next((value for name in ("preferred_username", "username", "email") if isinstance(value := members.get(name), str)), subject)
    name, email = members.get("name"), members.get("email")
    user = User(
        id=subject,
        username=username,
        name=name if isinstance(name, str) else username,
        email=email if isinstance(email, str) and members.get("email_verified", True) is True else None,
        scopes=_scopes(members),
        client_id=client_id,
        grant_id=f"{subject} {client_id}",
        is_client=subject == client_id,
    )
    return KnownToken(user, expires_at, thumbprint_of(members.get("cnf")))


def _scopes(members: Members) -> frozenset[str]:
    """RFC 9068 section 2.2.3: a text; some servers have an array, and call it scp."""
    scope = members.get("scope", members.get("scp", ""))
    names = scope.split() if isinstance(scope, str) else scope
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()
