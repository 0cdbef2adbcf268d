"""Metadata of the protected resource, for clients that a 401 has sent here (RFC 9728 sections 2 and 3).

Both addresses carry the same ``resource``, the MCP endpoint: RFC 9728 section 3.3 asks it of the address with the path,
and MCP clients that find nothing there fall back to the root one (MCP 2026-07-28, authorization server discovery),
where they expect the endpoint too.
"""

from urllib.parse import urlsplit

from aiohttp import web

from ...oauth.keys import PROOF_ALGORITHMS, Proofs
from ...oauth.protocol import ScopeCatalog
from ...settings import Settings
from ..http import open_to_browsers

ROOT = "/.well-known/oauth-protected-resource"

DESCRIPTION: web.AppKey[dict[str, object]] = web.AppKey("resource_metadata", dict)


def resource_metadata_url(settings: Settings) -> str:
    """RFC 9728 section 3.1: the well-known path goes between the host and the resource's own path."""
    return settings.origin + ROOT + urlsplit(settings.resource).path


def resource_metadata(settings: Settings, scopes: ScopeCatalog, proofs: Proofs | None) -> dict[str, object]:
    """RFC 9728 section 2; ``offline_access`` stays out (MCP 2026-07-28, authorization: refresh tokens), and what a
    call asks for when it needs it.
    """
    return {
        "resource": settings.resource,
        "authorization_servers": [settings.authorization_server or settings.issuer],
        "scopes_supported": [scope.name for scope in scopes if scope.initial],
        "bearer_methods_supported": ["header"],
        "resource_name": settings.name,
        **_possession(proofs),
    }


def _possession(proofs: Proofs | None) -> dict[str, object]:
    """RFC 9728 section 2: how tokens may, or must, be bound to a key."""
    if proofs is None:
        return {}
    return {
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "dpop_bound_access_tokens_required": proofs.required,
    }


async def show(request: web.Request) -> web.Response:
    """The same for everybody."""
    return web.json_response(request.app[DESCRIPTION], headers={"Cache-Control": "max-age=300"})


def routes() -> list[web.AbstractRouteDef]:
    return [*open_to_browsers(ROOT, get=show), *open_to_browsers(ROOT + "/mcp", get=show)]
