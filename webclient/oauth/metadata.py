"""Metadata of both servers, read and checked (RFC 9728 section 2, RFC 8414 section 2)."""

import json
import re
from urllib.parse import urlsplit, urlunsplit

from ..addresses import LOOPBACK, host_of, is_endpoint_url
from ..cause_code import CauseCode
from ..errors import NoMetadata, OtherSpelling, Untrusted
from ..json_text import JsonObject
from ..trace import Notes
from .protocol import AuthorizationServerMetadata, ProtectedResourceMetadata

ASKED_FOR = "The issuer is exactly the expected one"
BUT_FOR_THE_SLASH = "The issuer is the expected one, except for the slash at the end (RFC 3986 section 6.2.3)"
LONGEST = 200
"""Maximum number of characters of an address quoted in a sentence."""


def texts(value: object) -> tuple[str, ...] | None:
    """The value as a tuple when it is a list of strings; None otherwise."""
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else None


def covers(resource: str, url: str) -> bool:
    """Whether a resource identifier covers the typed address: it is the same, or a parent path at the same origin.

    RFC 9728 section 3.3 requires identity; a document found at the root well-known address describes a parent (section
    3.1).
    """
    if resource == url:
        return True
    try:
        named, typed = urlsplit(resource), urlsplit(url)
    except ValueError:
        return False
    same_origin = (named.scheme, named.netloc) == (typed.scheme, typed.netloc)
    plain = not (named.query or named.fragment)
    return same_origin and plain and (typed.path.rstrip("/") + "/").startswith(named.path.rstrip("/") + "/")


def same_issuer(one: str, other: str) -> bool:
    """Whether two issuers are the same text, or the same origin with an empty path, where a trailing slash makes no
    difference (RFC 3986 section 6.2.3).

    The Python SDK and software built on it write that slash into authorization_servers however the authorization server
    names itself.
    """
    return one == other or (_bare_origin(one) is not None and _bare_origin(one) == _bare_origin(other))


def _bare_origin(issuer: str) -> str | None:
    """The issuer without the slash of an empty path; None for one with a path, query or fragment."""
    bare = issuer.removesuffix("/")
    return bare if re.fullmatch(r"https?://[^/?#]+", bare) else None


def named(value: object) -> str:
    """A document's value for use in a sentence: shortened, and without the parts of an address that may be secret
    (query, fragment).
    """
    if not isinstance(value, str):
        return f"something that is not a string ({json.dumps(value)[:40]})"
    plain = value.partition("?")[0].partition("#")[0]
    return (plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…") or "empty"


def require_member(document: JsonObject, name: str, rule: str, whose: str, notes: Notes) -> None:
    """Raises Untrusted when the document lacks the required member ``name``."""
    absent = Untrusted(
        f"{whose} lacks {name}, which is required, so the flow stops here.", CauseCode.INCOMPLETE_METADATA
    )
    if document.get(name) is None:
        notes.require(False, f"It has {name}", rule, absent)


def read_resource(document: JsonObject, typed: str, notes: Notes) -> ProtectedResourceMetadata:
    """Check resource metadata against the typed address (RFC 9728 section 3.3). Raises Untrusted, NoMetadata."""
    require_member(document, "resource", "RFC 9728 section 2", "The server's metadata", notes)
    resource = document["resource"]
    instead = under_its_own_name(resource, typed)
    mismatch: Untrusted = OtherSpelling(
        f"The metadata of the server names {named(resource)}, but you added {named(typed)}. Both lead to this "
        f"machine, but a token is valid for one name only. Add the server as {named(instead)}.",
        instead,
    )
    if not instead:
        mismatch = _for_another(resource, typed)
    covered = isinstance(resource, str) and covers(resource, typed)
    notes.require(covered, "The metadata describes the server you added", "RFC 9728 section 3.3", mismatch)
    servers = _authorization_servers(document)
    unsafe = Untrusted(
        f"The server names an authorization server at an unsafe address: {named(servers[0])}.", CauseCode.UNSAFE_ADDRESS
    )
    safe = tuple(server for server in servers if is_endpoint_url(server, typed) and "?" not in server)
    notes.require(servers[0] in safe, "The authorization server is a safe web address", "RFC 8414 section 2", unsafe)
    required = document.get("dpop_bound_access_tokens_required") is True
    return ProtectedResourceMetadata(str(resource), safe, texts(document.get("scopes_supported")), required)


def _for_another(resource: object, typed: str) -> Untrusted:
    return Untrusted(
        f"The metadata describes another server than the one you added: it names {named(resource)}, but you added "
        f"{named(typed)}. The other server could obtain a token of yours, so the flow stops here.",
        CauseCode.RESOURCE_MISMATCH,
    )


def under_its_own_name(resource: object, typed: str) -> str:
    """The typed address with the host name by which the server calls itself, when both names are of this machine; empty
    when they are not, or when more than the name differs.
    """
    if not isinstance(resource, str) or host_of(resource) not in LOOPBACK or host_of(typed) not in LOOPBACK:
        return ""
    own, parts = urlsplit(resource), urlsplit(typed)
    if own.port != parts.port or "@" in own.netloc:
        return ""
    instead = urlunsplit(parts._replace(netloc=own.netloc))
    return instead if is_endpoint_url(instead, typed) and covers(resource, instead) else ""


def _authorization_servers(document: JsonObject) -> tuple[str, ...]:
    """The authorization servers that resource metadata names. Raises NoMetadata when there are none usable."""
    told = document.get("authorization_servers")
    servers = texts(told)
    if told is not None and servers is None:
        raise NoMetadata(
            "The server's metadata names no authorization server: authorization_servers is not a list of addresses.",
            CauseCode.NO_AUTHORIZATION_SERVERS,
        )
    if not servers:
        raise NoMetadata("The server's metadata names no authorization server.", CauseCode.NO_AUTHORIZATION_SERVERS)
    if "/.well-known/" in servers[0]:
        raise NoMetadata(
            f"The server names {named(servers[0])} as its authorization server. That is the address of a document, "
            "not an issuer.",
            CauseCode.ISSUER_IS_DOCUMENT,
        )
    return servers


def _endpoint(document: JsonObject, name: str, typed: str, notes: Notes) -> str:
    require_member(document, name, "RFC 8414 section 2", "The authorization server's metadata", notes)
    value = document[name]
    refusal = Untrusted(
        f"The authorization server's {name} is not a safe https address, so it is not used: {named(value)}.",
        CauseCode.UNSAFE_ADDRESS,
    )
    notes.require(is_endpoint_url(value, typed), f"{name} is a safe web address", "OAuth 2.1 section 1.5", refusal)
    return str(value)


def _optional(document: JsonObject, name: str, typed: str, notes: Notes) -> str | None:
    return _endpoint(document, name, typed, notes) if document.get(name) is not None else None


def read_issuer(
    document: JsonObject, issuer: str, typed: str, notes: Notes, *, person: bool
) -> AuthorizationServerMetadata:
    """Check authorization server metadata requested for ``issuer`` (RFC 8414 section 3.3). The result has the issuer as
    the server spells it.

    With ``person``, an authorization endpoint and PKCE are required. Raises Untrusted.
    """
    require_member(document, "issuer", "RFC 8414 section 2", "The authorization server's metadata", notes)
    impostor = Untrusted(
        f"The metadata has another issuer than expected, so it is not used: it names {named(document['issuer'])}, but "
        f"{named(issuer)} was expected.",
        CauseCode.ISSUER_MISMATCH,
    )
    told = document["issuer"]
    notes.require(
        isinstance(told, str) and same_issuer(told, issuer),
        ASKED_FOR if told == issuer else BUT_FOR_THE_SLASH,
        "RFC 8414 section 3.3",
        impostor,
    )
    if person:
        _require_pkce(document, notes)
    authorization = _endpoint if person else _optional
    return AuthorizationServerMetadata(
        issuer=str(document["issuer"]),
        authorization_endpoint=authorization(document, "authorization_endpoint", typed, notes),
        token_endpoint=_endpoint(document, "token_endpoint", typed, notes),
        registration_endpoint=_optional(document, "registration_endpoint", typed, notes),
        revocation_endpoint=_optional(document, "revocation_endpoint", typed, notes),
        iss_required=document.get("authorization_response_iss_parameter_supported") is True,
        auth_methods=texts(document.get("token_endpoint_auth_methods_supported")),
        scopes_supported=texts(document.get("scopes_supported")) or (),
        grants=texts(document.get("grant_types_supported")),
        dpop_algorithms=texts(document.get("dpop_signing_alg_values_supported")) or (),
        documents=document.get("client_id_metadata_document_supported") is True,
    )


def _require_pkce(document: JsonObject, notes: Notes) -> None:
    """Raises Untrusted unless PKCE with S256 is announced; absent means not supported (MCP 2026-07-28, authorization
    code protection).
    """
    methods = texts(document.get("code_challenge_methods_supported")) or ()
    unprotected = Untrusted(
        "The authorization server does not say that it supports PKCE with S256. Without it, a stolen code could be "
        "used, so the flow stops here.",
        CauseCode.NO_S256,
    )
    notes.require("S256" in methods, "It supports PKCE with S256", "RFC 7636 section 4.2", unprotected)
