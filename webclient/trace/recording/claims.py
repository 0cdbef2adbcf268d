"""Decoding of a token's header and claims (RFC 7519) for display; the signature is not verified."""

import json
from datetime import UTC, datetime

from attrs import frozen

from mcpbase import base64url

from ...http import loads
from ...json_text import JsonObject

MEANINGS = {
    "alg": "The algorithm of the signature",
    "typ": "What kind of token this is (at+jwt: an access token, RFC 9068 section 2.1)",
    "kid": "Which of the issuer's keys signed it",
    "iss": "Who issued it: the authorization server",
    "sub": "The subject: your id at the authorization server",
    "aud": "The audience: only this resource accepts the token (RFC 8707)",
    "azp": "The client it was issued to",
    "client_id": "The client it was issued to: this web client",
    "scope": "The scopes: what the token allows",
    "exp": "When it expires",
    "nbf": "When it becomes valid",
    "iat": "When it was issued",
    "auth_time": "When you signed in",
    "jti": "The id of this token",
    "nonce": "Ties the token to one sign-in",
    "acr": "How strongly you signed in",
    "amr": "By which methods you signed in",
    "cnf": "The key that the sender must prove to hold",
    "name": "Your name",
    "email": "Your e-mail address",
}
INSTANTS = frozenset({"exp", "nbf", "iat", "auth_time"})


@frozen
class DecodedToken:
    """Header and claims of a signed JWT, without its signature."""

    header: JsonObject
    claims: JsonObject


@frozen
class Claim:
    """A claim prepared for display. ``meaning`` is empty when the name is not a registered one."""

    name: str
    value: str
    meaning: str = ""


def _object(part: str) -> JsonObject | None:
    try:
        value = loads(base64url.decode(part))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def decode(token: str) -> DecodedToken | None:
    """Decode a signed JWT in compact form (RFC 7515 section 7.1); None for anything else."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > 16_384:
        return None
    header, claims = _object(parts[0]), _object(parts[1])
    return DecodedToken(header, claims) if header is not None and claims is not None else None


def _shown(name: str, value: object) -> str:
    if name in INSTANTS and isinstance(value, int | float) and 0 <= value < 1e11:
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def explain(part: JsonObject) -> list[Claim]:
    """The members of a token's header or claims, prepared for display."""
    return [Claim(name, _shown(name, value), MEANINGS.get(name, "")) for name, value in part.items()]
