"""Client authentication at the authorization server (RFC 6749 section 2.3, RFC 7523 section 2.2)."""

import base64
from urllib.parse import quote

from ..models import Credentials
from ..sources import Sources
from .metadata import AuthorizationServer
from .signing import sign

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 60
"""Seconds that a client assertion is good for."""


def auth_method(server: AuthorizationServer, credentials: Credentials, forced: str = "") -> str:
    """The method to use: the forced one, else what fits the credentials and the server (RFC 8414 section 2:
    client_secret_basic when it names none).
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
    """Headers and form of a request that proves who the client is.

    ``issuer`` is the audience of an assertion (draft-ietf-oauth-rfc7523bis section 2.2).

    The form names the client whatever the method: servers built on the official Python SDK look there first, and it is
    no second method.
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
    """RFC 6749 section 2.3.1: both parts form-encoded before they are joined, with a space as %20, since not every
    server decodes a plus.
    """
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def client_assertion(credentials: Credentials, issuer: str, sources: Sources) -> str:
    """RFC 7523 section 3: from and about the client, for this authorization server alone, once and soon."""
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
