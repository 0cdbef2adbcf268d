"""Access tokens of another authorization server: verified with its keys (RFC 9068), or by introspection (RFC 7662)."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import cast
from urllib.parse import quote_plus

from attrs import field, frozen

from mcpbase.json_bounds import require_bounded

from ...fetching import Fetcher, FetchError
from ...principal import User
from ...sources import Sources
from ..keys import (
    MOST_PARTS,
    Assertion,
    InvalidAssertion,
    Issuers,
    Unavailable,
    UnknownKey,
    Unnamed,
    read_assertion,
    require_instant,
)
from ..tokens import LEEWAY, InvalidToken, text_of, thumbprint_of
from .token_cache import KnownToken
from .token_kinds import require_access_token

Members = Mapping[str, object]

TYPES = frozenset({None, "jwt", "at+jwt"})
"""Most servers say JWT; the audience tells their access tokens from their ID tokens, which are for the client (RFC
9068 section 5).
"""
REMEMBERED = 30
"""Seconds that the result about a token is used: a revocation may go unnoticed for as long."""
MAX_ANSWER = 64 * 1024
"""Bytes."""


@frozen
class Trust:
    """The issuer and audience of tokens: ``issuer`` is compared byte by byte, ``audience`` must be one of the
    token's.
    """

    issuer: str
    audience: str
    emails: bool = False
    """Whether e-mail addresses count as verified where the token does not say; the operator sets it for this issuer."""
    alike: bool = False
    """Whether the issuer's access tokens look like ID tokens; see ``token_kinds``."""

    def require(self, members: Members) -> None:
        """Require that a token is for this server (MCP 2026-07-28, authorization). Raises InvalidToken."""
        if members.get("iss") != self.issuer:
            raise InvalidToken(
                "The access token comes from another issuer.",
                reason=f"iss {members.get('iss')!r} instead of {self.issuer!r}",
            )
        audience = members.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken(
                "The access token is for another resource.", reason=f"aud {audience!r} without {self.audience!r}"
            )
        require_access_token(members, alike=self.alike)


@frozen
class JwtTokens:
    """JWTs, verified with the keys that the issuer's metadata leads to."""

    trust: Trust
    issuers: Issuers
    sources: Sources

    async def verify(self, token: str) -> KnownToken:
        """Verify a token (RFC 9068 section 4). Raises InvalidToken or Unavailable."""
        signed = _read(token)
        keys = await self.issuers.keys(self.trust.issuer, signed)
        try:
            claims = signed.verified(keys)
        except UnknownKey as error:
            reason = f"alg {signed.algorithm!r}, kid {signed.kid!r}"
            raise InvalidToken(
                "The access token was signed with a key that its issuer does not publish.", reason=reason
            ) from error
        except InvalidAssertion as error:
            raise InvalidToken(
                "The access token's signature does not hold.", reason=f"alg {signed.algorithm!r}, kid {signed.kid!r}"
            ) from error
        self.trust.require(claims)
        return _known(claims, require_alive(claims, now=self.sources.now()), emails=self.trust.emails)

    async def look(self) -> None:
        """Check that the issuer's keys can be fetched. Raises Unavailable."""
        await self.issuers.look(self.trust.issuer)

    async def revoked(self) -> list[str]:
        """Return nothing: revocations are not announced, the tokens expire."""
        return []


@frozen
class IntrospectionCredentials:
    """The endpoint, and this server's credentials there."""

    client_id: str
    client_secret: str = field(repr=False)
    endpoint: str | None = None
    """The endpoint; the one in the issuer's metadata when None."""

    @property
    def authorization(self) -> str:
        """Return HTTP Basic credentials; both parts are form-encoded before they are joined (RFC 6749 section
        2.3.1).
        """
        return "Basic " + b64encode(f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}".encode()).decode()


@frozen
class IntrospectedTokens:
    """Tokens of any form; the result of introspection is used for a short time."""

    trust: Trust
    asking: IntrospectionCredentials
    issuers: Issuers
    fetcher: Fetcher
    sources: Sources

    async def verify(self, token: str) -> KnownToken:
        """Verify a token (RFC 7662 section 2). Raises InvalidToken or Unavailable."""
        members = await self._ask(token)
        if members.get("active") is not True:
            raise InvalidToken("The access token is not active.")
        now = self.sources.now()
        # Section 2.2: all of these may be left out, the subject of a client that acts for itself among them.
        members = {"iss": self.trust.issuer, "sub": members.get("client_id"), **members}
        self.trust.require(members)
        expires_at = require_alive(members, now=now) if "exp" in members else now + REMEMBERED
        return _known(members, min(expires_at, now + REMEMBERED), emails=self.trust.emails)

    async def revoked(self) -> list[str]:
        """Return nothing: the issuer is asked again instead."""
        return []

    async def look(self) -> None:
        """Check that introspection works, with a token that nobody issued. Raises Unavailable."""
        await self._ask("none")

    async def _endpoint(self) -> str:
        """Return the endpoint; some servers have one that their metadata does not name (Ory Hydra: on another port)."""
        if self.asking.endpoint is not None:
            return self.asking.endpoint
        try:
            return await self.issuers.endpoint(self.trust.issuer, "introspection_endpoint")
        except Unnamed as error:
            raise Unavailable(f"{error}: set introspection_endpoint") from error

    async def _ask(self, token: str) -> Members:
        url = await self._endpoint()
        form = {"token": token, "token_type_hint": "access_token"}
        try:
            fetched = await self.fetcher.post(url, form, authorization=self.asking.authorization, max_size=MAX_ANSWER)
            require_bounded(fetched.body, MOST_PARTS)
            document = json.loads(fetched.body) if fetched.status == 200 else None
            if fetched.status in (400, 401, 403):
                raise Unavailable(
                    f"{url} does not take introspection_client_id and introspection_client_secret (status "
                    f"{fetched.status})"
                )
        except (FetchError, ValueError, RecursionError) as error:
            raise Unavailable(f"{url}: {error}") from error
        if not isinstance(document, dict):
            raise Unavailable(f"{url}: status {fetched.status}, and nothing to read")
        return cast(Members, document)


def require_alive(members: Members, *, now: int) -> int:
    """Check the expiry (RFC 7519 section 4.1) and return it in epoch seconds. Raises InvalidToken."""
    expires_at = _instant(members, "exp")
    if expires_at <= now:
        raise InvalidToken("The access token has expired.", reason=f"exp {expires_at} at {now}")
    if "nbf" in members and (begins_at := _instant(members, "nbf")) > now + LEEWAY:
        raise InvalidToken("The access token is not valid yet.", reason=f"nbf {begins_at} at {now}")
    return expires_at


def _instant(members: Members, name: str) -> int:
    """Return a NumericDate in whole seconds (RFC 7519 section 2). Raises InvalidToken."""
    try:
        return require_instant(members, name)
    except InvalidAssertion:
        raise InvalidToken(f"The access token's {name} is malformed.", reason=f"{name} {members.get(name)!r}") from None


def _read(token: str) -> Assertion:
    """RFC 9068 section 4: of the right type, where it says one."""
    try:
        signed = read_assertion(token)
    except InvalidAssertion as error:
        raise InvalidToken("The access token is not one of the issuer's.", reason=str(error)) from error
    if signed.type not in TYPES:
        raise InvalidToken("This is not an access token.", reason=f"its typ is {signed.type!r}")
    return signed


def _known(members: Members, expires_at: int, *, emails: bool) -> KnownToken:
    """Return the user of a token. An e-mail address that is not verified identifies nobody (OpenID Connect Core section
    5.7).
    """
    subject = text_of(members, "sub")
    email = _email(members, emails=emails)
    client_id = next((value for name in ("client_id", "azp", "cid") if isinstance(value := members.get(name), str)), "")
    username = next(
        (value for name in ("preferred_username", "username") if isinstance(value := members.get(name), str)),
        email or subject,
    )
    name = members.get("name")
    user = User(
        id=subject,
        username=username,
        name=name if isinstance(name, str) else username,
        email=email,
        scopes=_scopes(members),
        client_id=client_id,
        grant_id=f"{subject} {client_id}",
        is_client=subject == client_id,
    )
    return KnownToken(user, expires_at, thumbprint_of(members.get("cnf")))


def _email(members: Members, *, emails: bool) -> str | None:
    """Return the e-mail address when it is verified: by the issuer, or by the operator's setting (OpenID Connect Core
    section 5.1).
    """
    email = members.get("email")
    return email if isinstance(email, str) and email and members.get("email_verified", emails) is True else None


def _scopes(members: Members) -> frozenset[str]:
    """Return the scopes: a text (RFC 9068 section 2.2.3); some servers write an array named scp, beside an empty scope
    or none.
    """
    scope = members.get("scope") or members.get("scp") or ""
    names = scope.split() if isinstance(scope, str) else scope
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()
