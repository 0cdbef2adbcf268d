"""The token endpoint forms, one for each grant."""

from collections.abc import Mapping

from .protocol import Backing, Pending, Tokens

CODE, REFRESH, CLIENT_CREDENTIALS = "authorization_code", "refresh_token", "client_credentials"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
RULES: Mapping[str, str] = {
    CODE: "OAuth 2.1 section 4.1.3",
    REFRESH: "OAuth 2.1 section 4.3",
    CLIENT_CREDENTIALS: "OAuth 2.1 section 4.2",
    JWT_BEARER: "RFC 7523 section 2.1",
    TOKEN_EXCHANGE: "RFC 8693 section 2.1",
}
WITHOUT_PERSON = ("client_credentials", "workload", "enterprise")
"""The grants that a person may choose and that need no consent page."""


def _scoped(form: dict[str, str], scopes: tuple[str, ...]) -> dict[str, str]:
    return {**form, "scope": " ".join(scopes)} if scopes else form


def code(pending: Pending, code: str, redirect_uri: str) -> dict[str, str]:
    """The form that exchanges a code (OAuth 2.1 section 4.1.3, RFC 7636 section 4.5, RFC 8707 section 2.2)."""
    return {
        "grant_type": CODE,
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": pending.verifier,
        "resource": pending.resource,
    }


def refresh(tokens: Tokens) -> dict[str, str]:
    """The form that refreshes tokens (OAuth 2.1 section 4.3.1). It names no scope, which keeps all granted ones."""
    return {"grant_type": REFRESH, "refresh_token": tokens.refresh_token or "", "resource": tokens.resource}


def client_credentials(resource: str, scopes: tuple[str, ...]) -> dict[str, str]:
    """The form for client credentials (OAuth 2.1 section 4.2.1; MCP extension OAuth Client Credentials)."""
    return _scoped({"grant_type": CLIENT_CREDENTIALS, "resource": resource}, scopes)


def jwt_bearer(assertion: str, resource: str, scopes: tuple[str, ...]) -> dict[str, str]:
    """The form that presents a JWT assertion (RFC 7523 section 2.1): that of a workload (SEP-1933), or an ID-JAG."""
    return _scoped({"grant_type": JWT_BEARER, "assertion": assertion, "resource": resource}, scopes)


def id_jag(backing: Backing, issuer: str, resource: str, scopes: tuple[str, ...]) -> dict[str, str]:
    """The form that exchanges the person's ID token for an assertion accepted by ``issuer`` (MCP extension
    Enterprise-Managed Authorization; RFC 8693 section 2.1).
    """
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "requested_token_type": ID_JAG,
        "audience": issuer,
        "resource": resource,
        "subject_token": backing.id_token,
        "subject_token_type": ID_TOKEN,
    }
    return _scoped(form, scopes)
