"""The terms of OAuth and the rules that stand by themselves: values, errors, parameters, scopes, resources, redirect
URIs, PKCE.

``models`` are the values that are kept (client, grant, code, refresh token), ``stores`` and ``registration_store``
the protocols of the database, ``errors`` one class for each error code on the wire, ``known_clients`` the
descriptions of widely used clients. Every other room of
``oauth`` stands on this one.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .bearer import invalid_token, read_bearer
from .errors import (
    AccessDenied,
    AuthorizationPending,
    BearerError,
    ConsentRequired,
    ExpiredToken,
    InvalidClient,
    InvalidClientMetadata,
    InvalidDpopProof,
    InvalidGrant,
    InvalidRedirectUri,
    InvalidRequest,
    InvalidScope,
    InvalidSoftwareStatement,
    LoginRequired,
    OAuthError,
    PageError,
    RequestNotSupported,
    RequestUriNotSupported,
    SlowDown,
    TemporarilyUnavailable,
    TooManyClients,
    TooManyRequests,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
    UseDpopNonce,
)
from .grant_types import DEVICE_CODE, JWT_BEARER, REGISTRABLE, TOKEN_EXCHANGE
from .known_clients import is_known, known_document, native_schemes
from .models import (
    STATELESS,
    AuthorizationCode,
    Client,
    ClientKind,
    Connection,
    DecisionKey,
    DeviceRequest,
    Grant,
    PushedRequest,
    RefreshToken,
    SigningKey,
    is_address,
)
from .parameters import Parameters
from .pkce import require_challenge, require_verifier
from .redirects import (
    ANSWERS,
    display_host,
    is_loopback,
    is_web_address,
    require_redirect_uri,
    require_registrable,
    with_answer,
    without_loopback_port,
)
from .registration_store import InitialAccessToken, RegistrationStore, Room
from .resources import Resources
from .scopes import OFFLINE_ACCESS, OPENID, PROFILE, SIGN_IN, Scope, ScopeCatalog
from .stores import SKEW, DeviceStore, KeyStore, OAuthStore

__all__ = [
    "ANSWERS",
    "DEVICE_CODE",
    "JWT_BEARER",
    "OFFLINE_ACCESS",
    "OPENID",
    "PROFILE",
    "REGISTRABLE",
    "SIGN_IN",
    "SKEW",
    "STATELESS",
    "TOKEN_EXCHANGE",
    "AccessDenied",
    "AuthorizationCode",
    "AuthorizationPending",
    "BearerError",
    "Client",
    "ClientKind",
    "Connection",
    "ConsentRequired",
    "DecisionKey",
    "DeviceRequest",
    "DeviceStore",
    "ExpiredToken",
    "Grant",
    "InitialAccessToken",
    "InvalidClient",
    "InvalidClientMetadata",
    "InvalidDpopProof",
    "InvalidGrant",
    "InvalidRedirectUri",
    "InvalidRequest",
    "InvalidScope",
    "InvalidSoftwareStatement",
    "KeyStore",
    "LoginRequired",
    "OAuthError",
    "OAuthStore",
    "PageError",
    "Parameters",
    "PushedRequest",
    "RefreshToken",
    "RegistrationStore",
    "RequestNotSupported",
    "RequestUriNotSupported",
    "Resources",
    "Room",
    "Scope",
    "ScopeCatalog",
    "SigningKey",
    "SlowDown",
    "TemporarilyUnavailable",
    "TooManyClients",
    "TooManyRequests",
    "UnauthorizedClient",
    "UnsupportedGrantType",
    "UnsupportedResponseType",
    "UnsupportedTokenType",
    "UseDpopNonce",
    "display_host",
    "invalid_token",
    "is_address",
    "is_known",
    "is_loopback",
    "is_web_address",
    "known_document",
    "native_schemes",
    "read_bearer",
    "require_challenge",
    "require_redirect_uri",
    "require_registrable",
    "require_verifier",
    "with_answer",
    "without_loopback_port",
]
