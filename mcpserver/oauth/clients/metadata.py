"""Client metadata, from a registration or a metadata document (RFC 7591 section 2): what is kept, and what is
refused.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from attrs import frozen

from mcpbase.addresses import is_public_name

from ...settings import Settings
from ..keys import (
    CLIENT_KEY_ALGORITHMS,
    ID_TOKEN_ALGORITHM,
    ID_TOKEN_ALGORITHMS,
    InvalidKey,
    require_public,
    usable_keys,
)
from ..protocol import (
    DEVICE_CODE,
    REGISTRABLE,
    Client,
    InvalidClientMetadata,
    InvalidRedirectUri,
    ScopeCatalog,
    require_registrable,
)
from .private_key_jwt import PRIVATE_KEY_JWT, SIGNING_ALGORITHM

SECRET_METHODS = ("none", "client_secret_basic", "client_secret_post")
"""Methods by which a client without keys authenticates."""
MAX_REDIRECT_URIS = 20
MAX_KEYS = 20
MAX_SIZE = 16 * 1024
"""Bytes, as JSON, of everything that is kept of one client; a usual one has 500."""
DEEPEST = 16
"""Levels; a member of a key in ``jwks`` is at four. Decoders differ in how much deeper they read."""
_TEXT_LIMIT = 200
_CODE = "authorization_code"
_UNASKED = (_CODE, "refresh_token")
_WEB_ADDRESS = re.compile(r"https?://[!#-;=?-\[\]_a-z~]{1,2040}")

_OF_OPENID = ("id_token_encrypted_response", "userinfo_signed_response", "userinfo_encrypted_response")
_OF_ANY = (
    "request_object_signing",
    "request_object_encryption",
    "authorization_signed_response",
    "authorization_encrypted_response",
)
_OF_INTROSPECTION = ("introspection_signed_response", "introspection_encrypted_response")

# Kept and echoed; anything else a client says of itself is left out (RFC 7591 section 2: unknown members are ignored).
_ADDRESSES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
_TEXTS = ("software_id", "software_version", "application_type")


@frozen
class Rules:
    """The rules of a registration: the settings, and the scopes that exist."""

    settings: Settings
    scopes: ScopeCatalog


def _require_shallow(metadata: Mapping[str, object]) -> None:
    level: list[object] = [metadata]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, Mapping) else outer if isinstance(outer, list) else ())
        ]
        if not level:
            return
    raise InvalidClientMetadata("It is nested too deeply.")


def describe(metadata: Mapping[str, object], auth_method: str, rules: Rules) -> dict[str, object]:
    """Return the metadata as it is kept: fields of ``Client`` by name. Members of features that are switched off are
    ignored like unknown ones.

    Raises InvalidRedirectUri or InvalidClientMetadata (RFC 7591 section 3.2.2).
    """
    _require_shallow(metadata)
    _require_plain(metadata, rules.settings)
    grant_types = _grant_types(metadata, registrable_grants(rules.settings))
    described: dict[str, object] = {
        "name": _name(metadata),
        "redirect_uris": _redirect_uris(metadata, rules.settings.native_schemes, needed=_CODE in grant_types),
        "auth_method": auth_method,
        "grant_types": grant_types,
        "metadata": {
            **_further(metadata),
            **_keys(metadata, auth_method),
            **_algorithm(metadata, SIGNING_ALGORITHM, CLIENT_KEY_ALGORITHMS),
            **_scope(metadata, rules.scopes),
            **(_algorithm(metadata, ID_TOKEN_ALGORITHM, ID_TOKEN_ALGORITHMS) if rules.settings.openid else {}),
            **(_after_logout(metadata, rules.settings) if rules.settings.openid else {}),
            **(
                _flag(metadata, "require_pushed_authorization_requests")
                if rules.settings.pushed_requests != "off"
                else {}
            ),
            **(_flag(metadata, "dpop_bound_access_tokens") if rules.settings.dpop != "off" else {}),
        },
    }
    _require_small(described)
    return described


def auth_methods(settings: Settings) -> tuple[str, ...]:
    """Return the authentication methods that the settings enable, by their names in RFC 7591 section 2."""
    return (*SECRET_METHODS, PRIVATE_KEY_JWT) if settings.client_assertions else SECRET_METHODS


def chosen_method(metadata: Mapping[str, object], offered: Collection[str]) -> object:
    """Return the client's token_endpoint_auth_method; where it is not offered here, the first other one that it
    supports.

    Clients publish one document for all servers, with ``token_endpoint_auth_methods_supported`` (of RFC 8414 section 2)
    beside the preferred method. What is not such a list is ignored.
    """
    method, others = metadata.get("token_endpoint_auth_method"), metadata.get("token_endpoint_auth_methods_supported")
    if method in (None, "") or method in offered or not isinstance(others, list):
        return method
    return next((other for other in others if other in offered), method)


def _require_small(described: Mapping[str, object]) -> None:
    if len(json.dumps(described)) > MAX_SIZE:
        raise InvalidClientMetadata(f"It is too large: names, addresses and keys together may take {MAX_SIZE} bytes.")


def _keys(metadata: Mapping[str, object], auth_method: str) -> dict[str, object]:
    """Return the client's keys or their address, not both (RFC 7591 section 2). Nothing is fetched before it
    is needed.
    """
    keys, url = metadata.get("jwks"), metadata.get("jwks_uri") or None
    if keys is not None and url is not None:
        raise InvalidClientMetadata("jwks and jwks_uri must not stand together.")
    kept: dict[str, object] = (
        {"jwks": _key_set(keys)} if keys is not None else {"jwks_uri": _key_address(url)} if url is not None else {}
    )
    if auth_method != PRIVATE_KEY_JWT:
        return {}
    if not kept:
        raise InvalidClientMetadata("A client that signs needs jwks or jwks_uri.")
    return kept


def _algorithm(metadata: Mapping[str, object], name: str, offered: Collection[str]) -> dict[str, object]:
    """Return the algorithm that a client names for signatures, if it does (OpenID Connect Dynamic Client Registration
    section 2).
    """
    algorithm = metadata.get(name)
    if algorithm is None:
        return {}
    if not isinstance(algorithm, str) or algorithm not in offered:
        raise InvalidClientMetadata(f"{name} must be one of {', '.join(offered)}.")
    return {name: algorithm}


def _require_plain(metadata: Mapping[str, object], settings: Settings) -> None:
    """Refuse signatures and encryption that are not offered: the client would misread what it gets.

    The names are of OpenID Connect Dynamic Client Registration section 2, JARM section 3 and RFC 9701.
    """
    subjects = (
        *_OF_ANY,
        *(_OF_OPENID if settings.openid else ()),
        *(_OF_INTROSPECTION if settings.introspection else ()),
    )
    for name in (f"{subject}_{kind}" for subject in subjects for kind in ("alg", "enc")):
        if metadata.get(name) not in (None, ""):
            raise InvalidClientMetadata(f"{name} is not offered here: leave it out.")


def _after_logout(metadata: Mapping[str, object], settings: Settings) -> dict[str, object]:
    """Return the addresses to return to after signing out, by the rules of redirect URIs (RP-Initiated Logout section
    3.1).
    """
    uris = _strings(metadata, "post_logout_redirect_uris")
    if len(uris) > MAX_REDIRECT_URIS:
        raise InvalidClientMetadata(f"post_logout_redirect_uris may hold at most {MAX_REDIRECT_URIS} addresses.")
    for uri in uris:
        require_registrable(uri, native_schemes=settings.native_schemes, answers=("state",))
    return {"post_logout_redirect_uris": uris} if uris else {}


def _key_set(document: object) -> dict[str, object]:
    """Return of each key the members that are used. A private member is refused: it is no secret any more."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise InvalidClientMetadata(f"jwks must be a set of at most {MAX_KEYS} public keys.")
    try:
        for key in keys:
            require_public(key)
    except InvalidKey as error:
        raise InvalidClientMetadata(f"A key of jwks {error}.") from error
    kept = usable_keys(document)
    if not kept:
        kinds = "EC (P-256), Ed25519, or RSA of 2048 to 4096 bits with a usual exponent"
        raise InvalidClientMetadata(
            f"jwks holds no key that can be used here: {kinds}; with an alg, if any, of "
            f"{', '.join(CLIENT_KEY_ALGORITHMS)}."
        )
    return {"keys": kept}


def _key_address(url: object) -> str:
    """Return the address of the keys. It is fetched later, and only from the public Internet; what is visible now is
    refused now.
    """
    if not isinstance(url, str) or not _WEB_ADDRESS.fullmatch(url) or not _is_elsewhere(url):
        raise InvalidClientMetadata("jwks_uri must be an https address on the public Internet.")
    return url


def _is_elsewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and "@" not in parts.netloc and is_public_name(parts.hostname or "")


def _redirect_uris(metadata: Mapping[str, object], native_schemes: Collection[str], *, needed: bool) -> tuple[str, ...]:
    """Return the redirect URIs; a client to which nobody is sent back, such as a device, needs none (RFC 7591 section
    2).
    """
    uris = _strings(metadata, "redirect_uris")
    if needed and not uris:
        raise InvalidRedirectUri("redirect_uris must hold at least one redirect URI.")
    if len(uris) > MAX_REDIRECT_URIS:
        raise InvalidRedirectUri(f"redirect_uris may hold at most {MAX_REDIRECT_URIS} redirect URIs.")
    for uri in uris:
        require_registrable(uri, native_schemes=native_schemes)
    return tuple(dict.fromkeys(uris))


def _grant_types(metadata: Mapping[str, object], allowed: Collection[str]) -> tuple[str, ...]:
    """Return the known grant types: clients list everything they can do. Without a list, refreshing is included."""
    asked = _strings(metadata, "grant_types") or _UNASKED
    kept = tuple(name for name in allowed if name in asked)
    beginnings = [name for name in (_CODE, DEVICE_CODE) if name in allowed]
    if not set(beginnings) & set(kept):
        raise InvalidClientMetadata(f"grant_types must include {' or '.join(beginnings)}.")
    response_types = _strings(metadata, "response_types")
    if response_types and _CODE in kept and "code" not in response_types:
        raise InvalidClientMetadata("response_types must include code.")
    return kept


def _scope(metadata: Mapping[str, object], scopes: ScopeCatalog) -> dict[str, object]:
    """Return the scope, which is kept and limits nothing: clients register before they know what a step-up will ask
    for.
    """
    scope = metadata.get("scope")
    if scope is not None and not isinstance(scope, str):
        raise InvalidClientMetadata("scope must be a string.")
    known = scopes.order((scope or "").split())
    return {"scope": known} if known else {}


def _flag(metadata: Mapping[str, object], name: str) -> dict[str, object]:
    """Return a flag that holds the client to binding its tokens (RFC 9449 section 5.2) or pushing its requests (RFC
    9126 section 6).
    """
    value = metadata.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidClientMetadata(f"{name} must be true or false.")
    return {name: True} if value else {}


def _name(metadata: Mapping[str, object]) -> str:
    return _text(metadata, "client_name") or "An application without a name"


def _further(metadata: Mapping[str, object]) -> dict[str, object]:
    kept = {name: _address(metadata, name) for name in _ADDRESSES} | {name: _text(metadata, name) for name in _TEXTS}
    return {name: value for name, value in kept.items() if value}


def _text(metadata: Mapping[str, object], name: str) -> str | None:
    """Return a short text for people. Control characters and those that change the direction of text are refused."""
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


def registrable_grants(settings: Settings) -> tuple[str, ...]:
    """Return those of ``REGISTRABLE`` that the settings enable."""
    return tuple(name for name in REGISTRABLE if name != DEVICE_CODE or settings.device_authorization)


def digest_of(client: Client) -> str:
    """Return the digest of what people are shown of a client, and of where it leads: consent holds for these alone."""
    shown = [client.name, client.redirect_uris, client.auth_method, client.metadata]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
