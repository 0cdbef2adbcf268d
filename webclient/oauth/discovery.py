"""Discovery of a server's authorization server (RFC 9728, RFC 8414; MCP authorization server discovery)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from attrs import frozen

from ..addresses import is_endpoint_url, origin_of
from ..cause_code import CauseCode
from ..errors import Challenge, FlowError, NoMetadata, Unreachable, Untrusted
from ..trace import AUTH, CLIENT, MCP, Chapter
from .context import FlowContext
from .metadata import named, read_issuer, read_resource, same_issuer
from .protocol import AuthorizationServerMetadata, ProtectedResourceMetadata
from .unexpected_answer import UnexpectedAnswer, instead

HEADERS = {"Accept": "application/json"}
OLDEST = "2025-03-26"
RESOURCE_SHOWN = (
    "resource",
    "resource_name",
    "authorization_servers",
    "scopes_supported",
    "dpop_bound_access_tokens_required",
)
ISSUER_SHOWN = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "code_challenge_methods_supported",
    "authorization_response_iss_parameter_supported",
    "client_id_metadata_document_supported",
    "token_endpoint_auth_methods_supported",
    "dpop_signing_alg_values_supported",
)


class Absent(FlowError):
    """No document at this well-known address, while others remain to be tried. ``found`` describes the answer received
    from ``url``.
    """

    outcome = "info"

    def __init__(self, found: UnexpectedAnswer, url: str, then: str) -> None:
        here = "There is no document here" if not found.cause else f"There is no document here: {found.words}"
        super().__init__(f"{here}; {then}", found.cause or CauseCode.NO_RESOURCE_METADATA)
        self.found, self.url = found, url


Absence = Callable[[UnexpectedAnswer], FlowError]
NEXT = "the client tries the next well-known address."
SLASH = (
    " Its issuer is {own}, but the MCP server names {named}. Both are the same address (RFC 3986 section 6.2.3), but "
    "strict clients compare them character by character and refuse. The owner of the MCP server should name it in "
    "authorization_servers exactly as in its issuer."
)
NO_DOCUMENT = "servers of 2025-03-26 have no such document, so the client tries the procedure of that revision."


def resource_metadata_urls(url: str) -> list[str]:
    """The well-known addresses of a resource's metadata, the one with its path first (RFC 9728 section 3.1)."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource"
    path = parts.path.rstrip("/")
    return [root + path, root] if path else [root]


def issuer_metadata_urls(issuer: str) -> list[str]:
    """The addresses of an issuer's metadata in the order that MCP prescribes (RFC 8414 sections 3.1 and 5)."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    names = ["oauth-authorization-server", "openid-configuration"]
    urls = [f"{origin}/.well-known/{name}{path}" for name in names]
    return [*urls, f"{origin}{path}/.well-known/openid-configuration"] if path else urls


def assumed(url: str) -> AuthorizationServerMetadata:
    """Default endpoints at the server's origin (MCP 2025-03-26, fallbacks for servers without metadata discovery)."""
    origin = origin_of(url)
    return AuthorizationServerMetadata(
        origin, origin + "/token", origin + "/authorize", origin + "/register", assumed=True
    )


def _not_there(address: str, found: UnexpectedAnswer) -> NoMetadata:
    return NoMetadata(
        f"The server names {named(address)} as the address of its metadata, but {found.words}.",
        found.cause or CauseCode.NO_NAMED_METADATA,
    )


@frozen
class SignInLocation:
    """The authorization server to sign in at, and the resource to sign in for."""

    resource: ProtectedResourceMetadata
    server: AuthorizationServerMetadata


@frozen
class Discovery:
    """Finds out from the server at ``reach.url`` where to sign in. Records each hop in the trace."""

    reach: FlowContext

    async def find(self, challenge: Challenge | None, *, known: str = "", person: bool = True) -> SignInLocation:
        """The protected resource and its authorization server: the ``known`` issuer if the server still names it, else
        the first one.

        ``person`` says whether a person will be asked for consent. Raises NoMetadata, Untrusted, Unreachable.
        """
        try:
            resource = await self.protected_resource(challenge)
        except Absent:
            return await self._as_before(person=person)
        issuer = next((each for each in resource.issuers if same_issuer(each, known)), resource.issuers[0])
        return SignInLocation(resource, await self.authorization_server(issuer, person=person))

    async def again(self, resource: str, issuer: str, *, person: bool = True) -> SignInLocation:
        """The location for step-up: the issuer of the tokens already held, for the same resource.

        Raises as find() does.
        """
        try:
            server = await self.authorization_server(issuer, person=person)
        except NoMetadata:
            if not same_issuer(issuer, origin_of(self.reach.url)):
                raise
            return await self._as_before(person=person)
        return SignInLocation(ProtectedResourceMetadata(resource, (issuer,)), server)

    async def protected_resource(self, challenge: Challenge | None) -> ProtectedResourceMetadata:
        """Read the protected resource metadata from the address in the challenge if there is one, else from the
        well-known addresses.

        Raises NoMetadata, Untrusted, Unreachable, and Absent when no address has a document.
        """
        address = challenge.parameters.get("resource_metadata") if challenge else None
        if not address:
            return await self._well_known()
        if address not in resource_metadata_urls(self.reach.url):
            with suppress(NoMetadata, Unreachable):
                return await self._read_named(address)
            with suppress(Absent, Unreachable):
                return await self._well_known()
        return await self._read_named(
            address
        )  # read again when nothing else was found, so that the trace ends with the actual error

    async def _read_named(self, address: str) -> ProtectedResourceMetadata:
        """Read the resource metadata at the address in the challenge. Raises as protected_resource() does."""
        return await self._read_resource(address, lambda found: _not_there(address, found))

    async def _well_known(self) -> ProtectedResourceMetadata:
        """Read the resource metadata from the first well-known address that has it (RFC 9728 section 3.1).

        Raises Absent when none has, and otherwise as protected_resource() does.
        """
        *probes, last = resource_metadata_urls(self.reach.url)
        for url in probes:
            with suppress(Absent):
                return await self._read_resource(url, partial(Absent, url=url, then=NEXT))
        return await self._read_resource(last, partial(Absent, url=last, then=NO_DOCUMENT))

    async def _read_resource(self, url: str, absence: Absence) -> ProtectedResourceMetadata:
        title = "Read the protected resource metadata"
        async with self.reach.trace.hop(
            CLIENT, MCP, Chapter.DISCOVERY, title, method="GET", url=url, rule="RFC 9728 section 3.1"
        ) as notes:
            unsafe = Untrusted(
                f"The server names an unsafe address for its metadata: {named(url)}.", CauseCode.UNSAFE_ADDRESS
            )
            notes.require(
                is_endpoint_url(url, self.reach.url),
                "The address is a safe web address",
                "RFC 9728 section 7.7",
                unsafe,
            )
            response = await self.reach.fetch(notes, "GET", url, HEADERS)
            document = response.json_object() if response.succeeded else None
            if document is None:
                raise absence(instead(response))
            notes.receives({name: document.get(name) for name in RESOURCE_SHOWN})
            resource = read_resource(document, self.reach.url, notes)
            notes.meaning = (
                f"The server accepts tokens from the authorization server {resource.issuers[0]}. You sign in there."
            )
            return resource

    async def authorization_server(self, issuer: str, *, person: bool = True) -> AuthorizationServerMetadata:
        """Read the first metadata document found in the specified order. Raises NoMetadata, Untrusted, Unreachable."""
        *probes, last = issuer_metadata_urls(issuer)
        odd: tuple[str, UnexpectedAnswer] | None = None
        for url in probes:
            try:
                return await self._read_issuer(url, issuer, partial(Absent, url=url, then=NEXT), person=person)
            except Absent as absent:
                odd = odd or ((url, absent.found) if absent.found.cause else None)

        def nowhere(found: UnexpectedAnswer) -> NoMetadata:
            where, what = odd or (last, found)
            told = f" At {where}, {what.words}." if what.cause else ""
            return NoMetadata(
                f"The authorization server {issuer} publishes no metadata (RFC 8414), so its endpoints are "
                f"unknown.{told}",
                what.cause or CauseCode.NO_ISSUER_METADATA,
            )

        return await self._read_issuer(last, issuer, nowhere, person=person)

    async def _read_issuer(
        self, url: str, issuer: str, absence: Absence, *, person: bool, headers: Mapping[str, str] = HEADERS
    ) -> AuthorizationServerMetadata:
        title = "Read the authorization server metadata"
        async with self.reach.trace.hop(
            CLIENT, AUTH, Chapter.DISCOVERY, title, method="GET", url=url, rule="RFC 8414 section 3"
        ) as notes:
            response = await self.reach.fetch(notes, "GET", url, dict(headers))
            document = response.json_object() if response.succeeded else None
            if document is None:
                raise absence(instead(response))
            notes.receives({name: document.get(name) for name in ISSUER_SHOWN})
            server = read_issuer(document, issuer, self.reach.url, notes, person=person)
            notes.meaning = (
                "The authorization server publishes its endpoints and what it supports. The client has checked the "
                "metadata."
            )
            if server.issuer != issuer and OLDEST not in headers.values():
                notes.meaning += SLASH.format(own=server.issuer, named=issuer)
            return server

    async def _as_before(self, *, person: bool) -> SignInLocation:
        """Treat the server as its own authorization server, at the root of its origin (MCP 2025-03-26, server metadata
        discovery).

        The request carries that revision in MCP-Protocol-Version. Raises Untrusted, Unreachable.
        """
        origin, headers = origin_of(self.reach.url), {**HEADERS, "MCP-Protocol-Version": OLDEST}
        try:
            url = f"{origin}/.well-known/oauth-authorization-server"
            server = await self._read_issuer(
                url,
                origin,
                partial(Absent, url=url, then="the client uses the default endpoints of 2025-03-26."),
                person=person,
                headers=headers,
            )
        except Absent:
            server = await self._assume()
        return SignInLocation(ProtectedResourceMetadata(self.reach.url, (server.issuer,)), server)

    async def _assume(self) -> AuthorizationServerMetadata:
        async with self.reach.trace.hop(
            CLIENT,
            CLIENT,
            Chapter.DISCOVERY,
            "Assume the default endpoints of 2025-03-26",
            rule="MCP 2025-03-26, fallbacks",
        ) as notes:
            server = assumed(self.reach.url)
            endpoints = ("authorization_endpoint", "token_endpoint", "registration_endpoint")
            notes.sends({name: getattr(server, name) for name in endpoints})
            notes.outcome = "info"
            notes.meaning = (
                "No metadata says where to sign in. Revision 2025-03-26 defines default endpoints for this case; the "
                "client tries them."
            )
            return server
