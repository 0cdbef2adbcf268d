"""RFC 7591: clients register themselves. Nobody vouches for them; the consent page says so."""

import hashlib
import json
from collections.abc import Mapping
from typing import cast

from ..settings import Settings
from ..sources import Sources
from .client_metadata import Rules, describe
from .clients import auth_methods
from .errors import InvalidClientMetadata, InvalidSoftwareStatement
from .models import Client, ClientKind
from .secrets import SecretKind, digest, mint
from .store import OAuthStore


async def register(store: OAuthStore, document: object, rules: Rules, sources: Sources) -> tuple[Client, str | None]:
    """The client and, for one that has a secret, that secret, shown this once.

    The same public metadata gives the same client: registrations do not pile up.

    Raises InvalidRedirectUri, InvalidClientMetadata or InvalidSoftwareStatement (section 3.2.2).
    """
    metadata = _require_object(document)
    _require_no_software_statement(metadata)
    auth_method = _auth_method(metadata, rules.settings)
    secret = mint(SecretKind.CLIENT_SECRET, sources) if auth_method.startswith("client_secret") else None
    described = describe(metadata, auth_method, rules)
    client = Client(
        id=_client_id(described, secret),
        kind=ClientKind.SELF_REGISTERED,
        created_at=sources.now(),
        secret_digest=None if secret is None else digest(SecretKind.CLIENT_SECRET, secret),
        **described,  # type: ignore[arg-type]
    )
    return await store.add_client(client), secret


def registration_answer(client: Client, secret: str | None) -> dict[str, object]:
    """RFC 7591 section 3.2.1: everything as it was registered."""
    answer: dict[str, object] = {
        **client.metadata,
        "client_id": client.id,
        "client_id_issued_at": client.created_at,
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": ["code"] if "authorization_code" in client.grant_types else [],
        "token_endpoint_auth_method": client.auth_method,
    }
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return answer


def _require_object(document: object) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise InvalidClientMetadata("The registration must be a JSON object.")
    return cast(Mapping[str, object], document)


def _require_no_software_statement(metadata: Mapping[str, object]) -> None:
    """RFC 7591 section 2.3: no issuer of such statements is trusted here."""
    if metadata.get("software_statement") is not None:
        raise InvalidSoftwareStatement("Software statements are not accepted here.")


def _auth_method(metadata: Mapping[str, object], settings: Settings) -> str:
    """RFC 7591 section 2: client_secret_basic when absent."""
    method = metadata.get("token_endpoint_auth_method")
    if method in (None, ""):
        return "client_secret_basic"
    if not isinstance(method, str) or method not in auth_methods(settings):
        raise InvalidClientMetadata(f"token_endpoint_auth_method must be one of {', '.join(auth_methods(settings))}.")
    return method


def _client_id(described: Mapping[str, object], secret: str | None) -> str:
    """The digest of what was registered; a secret makes it one of a kind."""
    canonical = json.dumps([described, secret], sort_keys=True, separators=(",", ":"))
    return "client_" + hashlib.sha256(canonical.encode()).hexdigest()[:32]
