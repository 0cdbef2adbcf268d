"""Validation of an ID token (OpenID Connect Core sections 3.1.3.7 and 3.1.3.8)."""

import hashlib
import hmac
import json
from collections.abc import Sequence

from attrs import field, frozen

from mcpbase import base64url

from ..json_text import JsonObject
from ..oauth.protocol import Key
from .person import SignInRefused
from .signatures import BadSignature, signed_claims

LEEWAY = 60
"""Seconds by which the clocks may differ."""
LONGEST_SUBJECT = 255
HASHES = {
    "256": hashlib.sha256,
    "384": hashlib.sha384,
    "512": hashlib.sha512,
    "dsa": hashlib.sha512,
    "519": hashlib.sha512,
}


@frozen
class ProviderAnswer:
    """The token response of an OpenID provider (OpenID Connect Core section 3.1.3.3)."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


@frozen
class Expected:
    """The values that an ID token must have, and the time in epoch seconds."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now: float


@frozen
class IdToken:
    """The claims of a validated ID token. ``email`` is empty unless the provider has verified it."""

    issuer: str
    sub: str
    name: str
    email: str

    @property
    def subject(self) -> str:
        """The permanent identifier of a person: iss and sub, which are unique only together (OpenID Connect Core
        section 5.7).
        """
        return json.dumps([self.issuer, self.sub])


def read_id_token(answer: ProviderAnswer, keys: Sequence[Key], expected: Expected) -> IdToken:
    """Validate the ID token of an answer. Raises SignInRefused."""
    refused = SignInRefused("The ID token of the identity provider is not valid, so you were not signed in.")
    try:
        claims, algorithm = signed_claims(answer.id_token, keys)
    except BadSignature:
        raise refused from None
    sub = claims.get("sub")
    named = isinstance(sub, str) and 0 < len(sub) <= LONGEST_SUBJECT
    ours = _is_ours(claims, expected) and _is_for(claims, expected.client_id)
    if not (named and ours and _is_fresh(claims, expected.now) and _binds(claims, answer, algorithm)):
        raise refused
    email = str(claims.get("email", "")).casefold() if claims.get("email_verified") is True else ""
    return IdToken(expected.issuer, str(sub), _name(claims), email)


def _is_ours(claims: JsonObject, expected: Expected) -> bool:
    nonce = str(claims.get("nonce")).encode()
    return claims.get("iss") == expected.issuer and hmac.compare_digest(nonce, expected.nonce.encode())


def _is_for(claims: JsonObject, client_id: str) -> bool:
    """Whether the client is the audience, and the authorized party where one is named."""
    audience, party = claims.get("aud"), claims.get("azp", client_id)
    if party != client_id:
        return False
    if not isinstance(audience, list):
        return bool(audience == client_id)
    return client_id in audience and (len(audience) == 1 or "azp" in claims)


def _is_fresh(claims: JsonObject, now: float) -> bool:
    expiry = claims.get("exp")
    return isinstance(expiry, int | float) and expiry > now - LEEWAY and isinstance(claims.get("iat"), int | float)


def _binds(claims: JsonObject, answer: ProviderAnswer, algorithm: str) -> bool:
    """Whether at_hash, when present, is that of the access token (OpenID Connect Core section 3.1.3.8)."""
    if "at_hash" not in claims:
        return True
    size = algorithm[-3:].lower()
    digest = HASHES[size if size in HASHES else "256"](answer.access_token.encode()).digest()
    half = base64url.encode(digest[: len(digest) // 2])
    return hmac.compare_digest(str(claims["at_hash"]).encode(), half.encode())


def _name(claims: JsonObject) -> str:
    told = (claims.get(name) for name in ("name", "preferred_username", "email", "sub"))
    return next((value for value in told if isinstance(value, str) and value.strip()), "")
