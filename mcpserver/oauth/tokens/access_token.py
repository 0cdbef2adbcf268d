"""Access tokens as JWTs (RFC 9068), signed by the key ring. What is accepted has exactly the form that is issued."""

import json
import re
from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from mcpbase import base64url

from ...secrets import random_text
from ...sources import Sources
from ..keys import BadSignature, KeyRing
from ..protocol import Client, Grant, is_address

TYPE = "at+jwt"
MAX_ACCESS_TOKEN_SIZE = 8192
"""Bytes of a token; issued ones have a tenth of that."""
MAX_HEADER = 512
"""Bytes of a token's header; issued ones have 100."""
LEEWAY = 30
"""Seconds by which the clock of another process may be ahead."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEADER = frozenset({"alg", "typ", "kid"})
_LARGEST = 2**53


class InvalidToken(Exception):
    """Not a valid access token; the message is for the client, ``reason`` for the log."""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = message if reason is None else f"{message} Found: {reason}"


@frozen
class Claims:
    """The claims of an access token (RFC 9068 section 2.2).

    ``issued_at`` and ``expires_at`` are in epoch seconds, ``scope`` is separated by spaces, ``thumbprint`` is that of
    RFC 9449 section 6.1.
    """

    subject: str
    audience: tuple[str, ...]
    client_id: str
    grant_id: str
    scope: str
    issued_at: int
    expires_at: int
    token_id: str
    thumbprint: str | None = None


class AccessTokens:
    """Issues and verifies access tokens. ``lifetime`` is in seconds; ``issuer`` and ``resource`` are compared byte by
    byte.
    """

    def __init__(self, ring: KeyRing, *, issuer: str, resource: str, lifetime: int, sources: Sources) -> None:
        self._ring = ring
        self._issuer = issuer
        self._resource = resource
        self.lifetime = lifetime
        self._sources = sources

    def issue(
        self,
        grant: Grant,
        *,
        scope: str | None = None,
        resource: str | None = None,
        thumbprint: str | None = None,
        actor: str | None = None,
        lifetime: int | None = None,
    ) -> str:
        """Return a token for a grant, with all its scopes or the narrower ``scope``, for all its resources or those of
        ``resource``.

        It is bound to the key with ``thumbprint``, if there is one. ``actor`` is the client that acts in place of the
        grant's own (RFC 8693 section 4.1); ``lifetime`` is in seconds, by default the usual one.
        """
        audience = (grant.resource if resource is None else resource).split()
        now = self._sources.now()
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": audience[0] if len(audience) == 1 else audience,
            "sub": grant.subject,
            "client_id": grant.client_id if actor is None else actor,
            "scope": grant.scope if scope is None else scope,
            "grant_id": grant.id,
            "jti": random_text(self._sources, 12),
            "iat": now,
            "exp": now + (self.lifetime if lifetime is None else lifetime),
        }
        if actor is not None:
            claims["act"] = {"sub": actor}
        if thumbprint is not None:
            claims["cnf"] = {"jkt": thumbprint}
        return self._ring.active.sign(claims, type_=TYPE)

    async def verify(self, token: str) -> Claims:
        """Return the claims of a token of this server for this resource (RFC 9068 section 4). Raises InvalidToken."""
        claims = await self.read(token)
        _require(self._resource in claims.audience, "The access token is for another resource.")
        return claims

    async def read(self, token: str) -> Claims:
        """Return the claims of a token of this server for any resource (RFC 8725). Raises InvalidToken."""
        kid, algorithm = _require_header(token)
        key = await self._ring.find_fresh(kid)
        if key is None:
            raise InvalidToken("The access token was signed with a key that is not in use.")
        _require(algorithm == key.algorithm, "The access token was signed with another algorithm than its key's.")
        try:
            claims = key.read(token)
        except BadSignature as error:
            raise InvalidToken("The access token's signature does not hold.") from error
        return self._require_claims(claims)

    def _require_claims(self, claims: dict[str, object]) -> Claims:
        _require(claims.get("iss") == self._issuer, "The access token comes from another issuer.")
        now = self._sources.now()
        expires_at = instant_of(claims, "exp")
        _require(expires_at > now, "The access token has expired.")
        for name in ("iat", "nbf"):
            _require(
                name not in claims or instant_of(claims, name) <= now + LEEWAY, "The access token is not valid yet."
            )
        return Claims(
            subject=text_of(claims, "sub"),
            audience=audience_of(claims),
            client_id=text_of(claims, "client_id"),
            grant_id=text_of(claims, "grant_id"),
            scope=text_of(claims, "scope"),
            issued_at=instant_of(claims, "iat"),
            expires_at=expires_at,
            token_id=text_of(claims, "jti"),
            thumbprint=thumbprint_of(claims.get("cnf")),
        )


def _require_header(token: str) -> tuple[str, object]:
    """Return the key id and the algorithm that the header names.

    A header with anything that issued ones do not have is refused: jwk, jku, x5c, crit, b64 (RFC 8725 section 3.10).
    """
    _require(
        len(token) <= MAX_ACCESS_TOKEN_SIZE and token.find(".") <= MAX_HEADER and _COMPACT.fullmatch(token) is not None,
        "The access token is malformed.",
    )
    encoded = token.partition(".")[0]
    try:
        header = json.loads(base64url.decode(encoded))
    except (ValueError, RecursionError) as error:
        raise InvalidToken("The access token is malformed.") from error
    _require(isinstance(header, dict) and set(header) == _HEADER, "The access token is malformed.")
    _require(header["typ"] == TYPE, "This is not an access token of this server.")
    kid = header["kid"]
    _require(isinstance(kid, str), "The access token is malformed.")
    return str(kid), header["alg"]


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise InvalidToken(message)


def instant_of(claims: Mapping[str, object], name: str) -> int:
    """Return an instant in epoch seconds. Raises InvalidToken."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LARGEST:
        raise InvalidToken(f"The access token's {name} is malformed.")
    return value


def audience_of(claims: Mapping[str, object]) -> tuple[str, ...]:
    """Return the audience, one or several in an array (RFC 7519 section 4.1.3). Raises InvalidToken."""
    audience = claims.get("aud")
    values = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(value, str) for value in values):
        raise InvalidToken("The access token's aud is malformed.")
    return tuple(values)


def thumbprint_of(confirmation: object) -> str | None:
    """Return the thumbprint of the key that a token is bound to (RFC 9449 section 6.1); None when it is bound to none.

    Members beside it that are not understood are ignored (RFC 7800 section 3.1). When none is understood, the token is
    refused, so that it does not pass for an unbound one. Raises InvalidToken.
    """
    if confirmation is None:
        return None
    thumbprint = confirmation.get("jkt") if isinstance(confirmation, dict) else None
    if not isinstance(thumbprint, str):
        raise InvalidToken("The access token is bound in a way that is not known here.")
    return thumbprint


def text_of(claims: Mapping[str, object], name: str) -> str:
    """Raises InvalidToken."""
    value = claims.get(name)
    if not isinstance(value, str):
        raise InvalidToken(f"The access token's {name} is missing.")
    return value


class Clients(Protocol):
    async def find_client(self, client_id: str) -> Client | None: ...


async def acts_still(store: Clients, grant: Grant, claims: Claims) -> bool:
    """Return whether the client that acts still exists: an exchanged token ends with it (RFC 8693 section 4.1).

    A client that is known by its document is never removed.
    """
    acts = claims.client_id != grant.client_id and not is_address(claims.client_id)
    return not acts or await store.find_client(claims.client_id) is not None
