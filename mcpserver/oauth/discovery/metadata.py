"""Authorization server metadata (RFC 8414), which advertises only what is available."""

from collections.abc import Iterable

from ...settings import Settings
from ..authorize import PROMPTS, response_modes
from ..clients import auth_methods
from ..keys import CLIENT_KEY_ALGORITHMS, ID_TOKEN_ALGORITHMS, PROOF_ALGORITHMS
from ..protocol import ScopeCatalog
from ..tokens import CLAIMS, ID_JAG_PROFILE, context_class
from ..tokens.grants import enabled_grants

ENTERPRISE_MANAGED = "io.modelcontextprotocol/enterprise-managed-authorization"
CLIENT_CREDENTIALS = "io.modelcontextprotocol/oauth-client-credentials"


def authorization_extensions(settings: Settings) -> dict[str, dict[str, object]]:
    """Return the extensions of MCP that this server implements, by name, for ``server/discover``."""
    on = {CLIENT_CREDENTIALS: settings.client_credentials, ENTERPRISE_MANAGED: bool(settings.identity_providers)}
    return {name: {} for name in on if on[name]}


def server_metadata(settings: Settings, scopes: ScopeCatalog) -> dict[str, object]:
    """Return the metadata (RFC 8414 section 2), with RFC 9207 section 3 (iss), RFC 7009 (revocation), RFC 8628 section
    4 (devices) and RFC 9449 section 5.1 (DPoP).
    """
    issuer, methods = settings.issuer, list(auth_methods(settings))
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        **({"registration_endpoint": f"{issuer}/register"} if settings.registration != "off" else {}),
        "revocation_endpoint": f"{issuer}/revoke",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(scopes.names),
        "response_types_supported": ["code"],
        "response_modes_supported": list(response_modes(settings)),
        "grant_types_supported": list(enabled_grants(settings)),
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "code_challenge_methods_supported": ["S256"],
        **({"client_id_metadata_document_supported": True} if settings.client_documents else {}),
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": ["en"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        **({"protected_resources": [settings.resource, *settings.named_resources]} if settings.resources else {}),
        **(_openid(settings) if settings.openid else {}),
        **(_pushed(settings) if settings.pushed_requests != "off" else {}),
        **(_introspection(issuer, methods) if settings.introspection else {}),
        **(_signing_algorithms(_authenticating(settings)) if settings.client_assertions else {}),
        **({"authorization_grant_profiles_supported": [ID_JAG_PROFILE]} if settings.identity_providers else {}),
        **(
            {"device_authorization_endpoint": f"{issuer}/device_authorization"} if settings.device_authorization else {}
        ),
        **({"dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS)} if settings.dpop != "off" else {}),
    }


def _openid(settings: Settings) -> dict[str, object]:
    """Return the members of OpenID Connect Discovery section 3 and RP-Initiated Logout section 2.1."""
    return {
        "userinfo_endpoint": f"{settings.issuer}/userinfo",
        "end_session_endpoint": f"{settings.issuer}/end-session",
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ID_TOKEN_ALGORITHMS),
        "acr_values_supported": [context_class(settings)],
        "claims_supported": ["iss", "aud", "iat", "exp", "auth_time", "nonce", "acr", "amr", "at_hash", *CLAIMS],
        "claims_parameter_supported": False,
    }


def _pushed(settings: Settings) -> dict[str, object]:
    """Return the members for pushed requests (RFC 9126 section 5)."""
    endpoint = {"pushed_authorization_request_endpoint": f"{settings.issuer}/par"}
    return {**endpoint, "require_pushed_authorization_requests": settings.pushed_requests == "required"}


def _introspection(issuer: str, methods: list[str]) -> dict[str, object]:
    """Return the members for introspection (RFC 8414 section 2), which public clients may not use."""
    return {
        "introspection_endpoint": f"{issuer}/introspect",
        "introspection_endpoint_auth_methods_supported": [name for name in methods if name != "none"],
    }


def _authenticating(settings: Settings) -> Iterable[str]:
    """Return the members for the endpoints at which clients authenticate."""
    return ("token_endpoint", "revocation_endpoint", *(("introspection_endpoint",) if settings.introspection else ()))


def _signing_algorithms(endpoints: Iterable[str]) -> dict[str, object]:
    """Return the algorithms of client assertions (RFC 8414 section 2)."""
    return {f"{endpoint}_auth_signing_alg_values_supported": list(CLIENT_KEY_ALGORITHMS) for endpoint in endpoints}
