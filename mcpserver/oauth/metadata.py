"""RFC 8414: what this authorization server offers. Only what is true is advertised."""

from ..settings import Settings
from .clients import AUTH_METHODS
from .dpop import ALGORITHMS
from .grants import enabled_grants
from .scopes import ScopeCatalog

CLIENT_CREDENTIALS = "io.modelcontextprotocol/oauth-client-credentials"


def authorization_extensions(settings: Settings) -> dict[str, dict[str, object]]:
    """By name, the extensions of MCP that this authorization server carries out, for ``server/discover`` to tell (MCP, authorization extensions)."""
    return {CLIENT_CREDENTIALS: {}} if settings.client_credentials else {}


def server_metadata(settings: Settings, scopes: ScopeCatalog) -> dict[str, object]:
    """RFC 8414 section 2, with RFC 9207 section 3 (iss), RFC 7009 (revocation) and RFC 9449 section 5.1 (DPoP)."""
    issuer = settings.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "registration_endpoint": f"{issuer}/register",
        "revocation_endpoint": f"{issuer}/revoke",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(scopes.names),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(enabled_grants(settings)),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "consent"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        **({"dpop_signing_alg_values_supported": list(ALGORITHMS)} if settings.dpop != "off" else {}),
    }
