"""From a server's address to its authorization server (RFC 9728, RFC 8414; MCP authorization server discovery)."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from ..addresses import host_of, is_endpoint_url
from ..errors import Challenge, FlowError, NoMetadata, Untrusted
from ..fetcher import Call, Fetcher, Response
from ..trace import AUTH, CLIENT, MCP, Notes, Trace

CHAPTER = "Finding out how to sign in"
NEXT = "Nothing here; the next well-known address is tried."


class Absent(FlowError):
    """No document at this well-known address; there are more to try."""

    outcome = "info"


@frozen
class ProtectedResource:
    """What the MCP server says about itself (RFC 9728 section 2)."""

    resource: str
    issuer: str
    scopes_supported: tuple[str, ...] | None


@frozen
class AuthorizationServer:
    """What the authorization server says about itself (RFC 8414 section 2), after every check."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str | None
    revocation_endpoint: str | None
    iss_required: bool
    auth_methods: tuple[str, ...] | None
    scopes_supported: tuple[str, ...]


def resource_metadata_urls(url: str) -> list[str]:
    """RFC 9728 section 3.1: the well-known addresses for a resource, the one with its path first."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource"
    path = parts.path.rstrip("/")
    return [root + path, root] if path else [root]


def issuer_metadata_urls(issuer: str) -> list[str]:
    """RFC 8414 sections 3.1 and 5: where an issuer's metadata can be, in the order MCP asks for."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    names = ["oauth-authorization-server", "openid-configuration"]
    urls = [f"{origin}/.well-known/{name}{path}" for name in names]
    return [*urls, f"{origin}{path}/.well-known/openid-configuration"] if path else urls


def covers(resource: str, url: str) -> bool:
    """Whether a resource identifier stands for the address that was typed: the same, or a parent path at the same origin.

    RFC 9728 section 3.3 wants identity; a parent is what a document found at the root well-known address describes (section 3.1).
    """
    if resource == url:
        return True
    named, typed = urlsplit(resource), urlsplit(url)
    same_origin = (named.scheme, named.netloc) == (typed.scheme, typed.netloc)
    plain = not (named.query or named.fragment)
    return same_origin and plain and (typed.path.rstrip("/") + "/").startswith(named.path.rstrip("/") + "/")


def _texts(value: object) -> tuple[str, ...] | None:
    """A list of strings; None when it is anything else."""
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else None


def _optional_url(document: dict[str, Any], name: str, url: str, notes: Notes) -> str | None:
    return _endpoint(document, name, url, notes) if document.get(name) is not None else None


def _endpoint(document: dict[str, Any], name: str, url: str, notes: Notes) -> str:
    value = document.get(name)
    refusal = Untrusted(f"The authorization server's {name} is not an https address without tricks, so it will not be used.")
    notes.require(is_endpoint_url(value, url), f"{name} is a safe web address", "OAuth 2.1 section 1.5", refusal)
    return str(value)


class Discovery:
    """Asks the server at ``url`` where to sign in. Records each hop in the trace."""

    def __init__(self, fetcher: Fetcher, trace: Trace, url: str) -> None:
        self._fetcher = fetcher
        self._trace = trace
        self._url = url
        self._typed_host = host_of(url) or ""

    async def _get(self, url: str, notes: Notes) -> Response:
        response = await self._fetcher.fetch(Call("GET", url, self._typed_host, {"Accept": "application/json"}), notes)
        notes.status = response.status
        return response

    async def protected_resource(self, challenge: Challenge | None) -> ProtectedResource:
        """The address in the challenge when there is one, else the well-known ones. Raises NoMetadata, Untrusted, Unreachable."""
        named = challenge.parameters.get("resource_metadata") if challenge else None
        if named:
            return await self._read_resource(named, NoMetadata("The server says how to sign in at an address that holds no metadata."))
        *probes, last = resource_metadata_urls(self._url)
        for url in probes:
            with suppress(Absent):
                return await self._read_resource(url, Absent(NEXT))
        return await self._read_resource(
            last, NoMetadata("The server wants you to sign in but does not say where: it has no protected resource metadata (RFC 9728).")
        )

    async def _read_resource(self, url: str, absence: FlowError) -> ProtectedResource:
        title = "Where do I sign in?"
        async with self._trace.hop(CLIENT, MCP, CHAPTER, title, method="GET", url=url, rule="RFC 9728 section 3.1") as notes:
            safe = is_endpoint_url(url, self._url)
            notes.require(
                safe, "The address is a safe web address", "RFC 9728 section 7.7", Untrusted("The server points to its metadata at an unsafe address.")
            )
            response = await self._get(url, notes)
            document = response.json_object() if response.status == 200 else None
            if document is None:
                raise absence
            notes.receives({name: document.get(name) for name in ("resource", "resource_name", "authorization_servers", "scopes_supported")})
            return self._check_resource(document, notes)

    def _check_resource(self, document: dict[str, Any], notes: Notes) -> ProtectedResource:
        resource, servers = document.get("resource"), _texts(document.get("authorization_servers"))
        mismatch = Untrusted("The metadata speaks for another server than the one you added, so a token for it could be stolen. Nothing was sent.")
        covered = isinstance(resource, str) and covers(resource, self._url)
        notes.require(covered, "The metadata speaks for the server you added", "RFC 9728 section 3.3", mismatch)
        if not servers:
            raise NoMetadata("The server's metadata names no authorization server.")
        safe = is_endpoint_url(servers[0], self._url) and "?" not in servers[0]
        notes.require(
            safe,
            "The authorization server is a safe web address",
            "RFC 8414 section 2",
            Untrusted("The server names an authorization server at an unsafe address."),
        )
        notes.meaning = f"The server trusts the authorization server {servers[0]}: that is where you sign in."
        return ProtectedResource(str(resource), servers[0], _texts(document.get("scopes_supported")))

    async def authorization_server(self, issuer: str) -> AuthorizationServer:
        """The first document in the specified order. Raises NoMetadata, Untrusted, Unreachable."""
        *probes, last = issuer_metadata_urls(issuer)
        for url in probes:
            with suppress(Absent):
                return await self._read_issuer(url, issuer, Absent(NEXT))
        nowhere = NoMetadata(f"The authorization server {issuer} publishes no metadata (RFC 8414), so there is no way to know its addresses.")
        return await self._read_issuer(last, issuer, nowhere)

    async def _read_issuer(self, url: str, issuer: str, absence: FlowError) -> AuthorizationServer:
        title = "What can you do, and where?"
        async with self._trace.hop(CLIENT, AUTH, CHAPTER, title, method="GET", url=url, rule="RFC 8414 section 3") as notes:
            response = await self._get(url, notes)
            document = response.json_object() if response.status == 200 else None
            if document is None:
                raise absence
            shown = ["issuer", "authorization_endpoint", "token_endpoint", "registration_endpoint", "code_challenge_methods_supported"]
            notes.receives({name: document.get(name) for name in [*shown, "authorization_response_iss_parameter_supported"]})
            server = self._check_issuer(document, issuer, notes)
            notes.meaning = "The authorization server tells its addresses and what it can do, and everything checks out."
            return server

    def _check_issuer(self, document: dict[str, Any], issuer: str, notes: Notes) -> AuthorizationServer:
        impostor = Untrusted("The metadata was issued in another name than the one asked for, so it will not be used.")
        notes.require(document.get("issuer") == issuer, "The issuer is exactly the one asked for", "RFC 8414 section 3.3", impostor)
        methods = _texts(document.get("code_challenge_methods_supported")) or ()
        unprotected = Untrusted(
            "The authorization server does not say that it supports PKCE with S256. Without it a stolen code could be used, so the flow stops here."
        )
        notes.require("S256" in methods, "It protects codes with PKCE S256", "RFC 7636 section 4.2", unprotected)
        return AuthorizationServer(
            issuer=issuer,
            authorization_endpoint=_endpoint(document, "authorization_endpoint", self._url, notes),
            token_endpoint=_endpoint(document, "token_endpoint", self._url, notes),
            registration_endpoint=_optional_url(document, "registration_endpoint", self._url, notes),
            revocation_endpoint=_optional_url(document, "revocation_endpoint", self._url, notes),
            iss_required=document.get("authorization_response_iss_parameter_supported") is True,
            auth_methods=_texts(document.get("token_endpoint_auth_methods_supported")),
            scopes_supported=_texts(document.get("scopes_supported")) or (),
        )
