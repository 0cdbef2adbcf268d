"""Client authentication at the authorization server (RFC 6749 section 2.3, RFC 7523 section 2.2)."""

import base64
from urllib.parse import quote

from ..sources import Sources
from .protocol import AuthorizationServerMetadata, Credentials
from .signing import sign

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 60
"""Lifetime of a client assertion, in seconds."""


def auth_method(server: AuthorizationServerMetadata, credentials: Credentials, forced: str = "") -> str:
    """The authentication method: the forced one, else the one that fits the credentials and the server
    (client_secret_basic when the server names none, RFC 8414 section 2).
    """
    if forced:
        return forced
    if credentials.key:
        return "private_key_jwt"
    if not credentials.client_secret:
        return "none"
    offered = server.auth_methods or ("client_secret_basic",)
    return (
        "client_secret_post"
        if "client_secret_post" in offered and "client_secret_basic" not in offered
        else "client_secret_basic"
    )


def authenticated(
    credentials: Credentials, form: dict[str, str], issuer: str, sources: Sources
) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and form of a request with the client's authentication added.

    ``issuer`` is the audience of an assertion (draft-ietf-oauth-rfc7523bis section 2.2).

    The form contains ``client_id`` whatever the method, as servers built on the official Python SDK look there first;
    this does not count as a second method.
    """
    secret = credentials.client_secret or ""
    named = {**form, "client_id": credentials.client_id} if credentials.client_id else form
    if credentials.method == "client_secret_basic" and secret:
        return {"Authorization": basic(credentials.client_id, secret)}, named
    if credentials.method == "client_secret_post" and secret:
        return {}, {**named, "client_secret": secret}
    if credentials.method == "private_key_jwt" and credentials.key:
        return {}, {
            **named,
            "client_assertion_type": ASSERTION,
            "client_assertion": client_assertion(credentials, issuer, sources),
        }
    return {}, named


def basic(client_id: str, secret: str) -> str:
    """The value of a Basic Authorization header (RFC 6749 section 2.3.1): both parts are form-encoded before they are
    joined, with a space as %20, since not every server decodes a plus.
    """
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def client_assertion(credentials: Credentials, issuer: str, sources: Sources) -> str:
    """A client assertion (RFC 7523 section 3): issued by and about the client, for one authorization server, usable
    once and valid for LIFETIME seconds.
    """
    now = int(sources.machine_now())
    claims = {
        "iss": credentials.client_id,
        "sub": credentials.client_id,
        "aud": issuer,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": sources.token(),
    }
    key = credentials.key or {}
    return sign(key, {"kid": key["kid"]} if key.get("kid") else {}, claims)
