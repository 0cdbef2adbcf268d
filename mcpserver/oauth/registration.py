"""RFC 7591: clients register themselves. Nobody vouches for them; the consent page says so."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import cast

from ..sources import Sources
from .clients import AUTH_METHODS
from .errors import InvalidClientMetadata, InvalidRedirectUri, InvalidSoftwareStatement
from .grants import REGISTRABLE
from .models import Client, ClientKind
from .redirects import require_registrable
from .scopes import ScopeCatalog
from .secrets import SecretKind, digest, mint
from .store import OAuthStore

MAX_REDIRECT_URIS = 20
_TEXT_LIMIT = 200
_WEB_ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~]{1,2040}")

# Kept and echoed; anything else a client says of itself is left out (RFC 7591 section 2: unknown members are ignored).
_ADDRESSES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
_TEXTS = ("software_id", "software_version", "application_type")


async def register(
    store: OAuthStore, document: object, *, scopes: ScopeCatalog, native_schemes: Collection[str], sources: Sources, dpop: bool = True
) -> tuple[Client, str | None]:
    """The client and, for a confidential one, its secret, shown this once.

    The same public metadata gives the same client: registrations do not pile up. Without ``dpop``, a wish for bound tokens is a
    member like any unknown one. Raises InvalidRedirectUri, InvalidClientMetadata or InvalidSoftwareStatement (section 3.2.2).
    """
    metadata = _require_object(document)
    _require_no_software_statement(metadata)
    auth_method = _auth_method(metadata)
    secret = None if auth_method == "none" else mint(SecretKind.CLIENT_SECRET, sources)
    described = {
        "name": _name(metadata),
        "redirect_uris": _redirect_uris(metadata, native_schemes),
        "auth_method": auth_method,
        "grant_types": _grant_types(metadata),
        "metadata": _further(metadata) | _scope(metadata, scopes) | (_bound(metadata) if dpop else {}),
    }
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
        "response_types": ["code"],
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


def _auth_method(metadata: Mapping[str, object]) -> str:
    """RFC 7591 section 2: client_secret_basic when absent."""
    method = metadata.get("token_endpoint_auth_method")
    if method in (None, ""):
        return "client_secret_basic"
    if not isinstance(method, str) or method not in AUTH_METHODS:
        raise InvalidClientMetadata(f"token_endpoint_auth_method must be one of {', '.join(AUTH_METHODS)}.")
    return method


def _redirect_uris(metadata: Mapping[str, object], native_schemes: Collection[str]) -> tuple[str, ...]:
    uris = _strings(metadata, "redirect_uris")
    if not uris:
        raise InvalidRedirectUri("redirect_uris must hold at least one redirect URI.")
    if len(uris) > MAX_REDIRECT_URIS:
        raise InvalidRedirectUri(f"redirect_uris may hold at most {MAX_REDIRECT_URIS} redirect URIs.")
    for uri in uris:
        require_registrable(uri, native_schemes=native_schemes)
    return tuple(dict.fromkeys(uris))


def _grant_types(metadata: Mapping[str, object]) -> tuple[str, ...]:
    """What is unknown here is left out: clients list everything they can do. Without a list, refreshing is included."""
    asked = _strings(metadata, "grant_types")
    kept = tuple(name for name in REGISTRABLE if not asked or name in asked)
    if "authorization_code" not in kept:
        raise InvalidClientMetadata("grant_types must include authorization_code.")
    response_types = _strings(metadata, "response_types")
    if response_types and "code" not in response_types:
        raise InvalidClientMetadata("response_types must include code.")
    return kept


def _scope(metadata: Mapping[str, object], scopes: ScopeCatalog) -> dict[str, object]:
    """Echoed, and no limit: what a client says of itself binds nobody, and clients register before they know what a step-up will ask."""
    scope = metadata.get("scope")
    if scope is not None and not isinstance(scope, str):
        raise InvalidClientMetadata("scope must be a string.")
    known = scopes.order((scope or "").split())
    return {"scope": known} if known else {}


def _bound(metadata: Mapping[str, object]) -> dict[str, object]:
    """RFC 9449 section 5.2: a client that says it always binds its tokens is held to it."""
    bound = metadata.get("dpop_bound_access_tokens")
    if bound is not None and not isinstance(bound, bool):
        raise InvalidClientMetadata("dpop_bound_access_tokens must be true or false.")
    return {"dpop_bound_access_tokens": True} if bound else {}


def _name(metadata: Mapping[str, object]) -> str:
    return _text(metadata, "client_name") or "An application without a name"


def _further(metadata: Mapping[str, object]) -> dict[str, object]:
    kept = {name: _address(metadata, name) for name in _ADDRESSES} | {name: _text(metadata, name) for name in _TEXTS}
    return {name: value for name, value in kept.items() if value}


def _text(metadata: Mapping[str, object], name: str) -> str | None:
    """A short text for people. Control and direction-changing characters would let it pass for something else."""
    value = metadata.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        raise InvalidClientMetadata(f"{name} must be a string of at most {_TEXT_LIMIT} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in value):
        raise InvalidClientMetadata(f"{name} must not hold control or invisible characters.")
    return value.strip()


def _address(metadata: Mapping[str, object], name: str) -> str | None:
    value = metadata.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _WEB_ADDRESS.fullmatch(value):
        raise InvalidClientMetadata(f"{name} must be a web address.")
    return value


def _strings(metadata: Mapping[str, object], name: str) -> list[str]:
    value = metadata.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        error = InvalidRedirectUri if name == "redirect_uris" else InvalidClientMetadata
        raise error(f"{name} must be an array of strings.")
    return value


def _client_id(described: Mapping[str, object], secret: str | None) -> str:
    """The digest of what was registered; a secret makes it one of a kind."""
    canonical = json.dumps([described, secret], sort_keys=True, separators=(",", ":"))
    return "client_" + hashlib.sha256(canonical.encode()).hexdigest()[:32]
