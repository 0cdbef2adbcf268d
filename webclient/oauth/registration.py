"""Client registration: typed credentials, a client ID metadata document, or dynamic registration (RFC 7591)."""

import json
from typing import Protocol

from attrs import evolve, frozen

from ..cause_code import CauseCode
from ..errors import NoMetadata, NoRegistration, PartRefused
from ..fetcher import Response
from ..trace import AUTH, CLIENT, Chapter, Notes
from .client_authentication import auth_method
from .context import FlowContext
from .identity import Identity, metadata
from .protocol import (
    UNDECIDED,
    AuthorizationServerMetadata,
    ClientMetadata,
    Credentials,
    Key,
    Preferences,
    RegistrationResponse,
)
from .scopes import union
from .signing import SEED, new_key, public
from .unexpected_answer import complaint_of, instead

TYPED, DOCUMENT, DYNAMIC = "typed", "document", "dynamic"
SHOWN = ("client_id", "client_secret", "client_secret_expires_at", "token_endpoint_auth_method", "redirect_uris")
OTHER_KIND = {"native": "web", "web": "native"}
ADJUSTABLE = frozenset({"application_type", "scope"})
AGAIN = {
    "application_type": "It registers no {application_type} client with this redirect URI. The client tries again "
    "with the other application type.",
    "scope": "It registers no client for these scopes. The client tries again without scopes.",
}
NOBODY = (
    "This authorization server does not support registration by clients, and this client has no client id there. Ask "
    "the owner of the server for a client id."
)


class RegistrationStore(Protocol):
    """Stores registrations by issuer; one is never used at another authorization server (MCP authorization server
    binding).
    """

    async def find_registration(self, issuer: str, redirect_uri: str) -> Credentials | None: ...
    async def put_registration(self, issuer: str, redirect_uri: str, credentials: Credentials) -> None: ...
    async def forget_registration(self, issuer: str, redirect_uri: str) -> None: ...


def method_to_register(server: AuthorizationServerMetadata, forced: str = "") -> str:
    """The authentication method to register with: the forced one, else none if offered, else a secret, and
    private_key_jwt only when nothing else is offered.
    """
    if forced:
        return forced
    offered = server.auth_methods or ("none",)
    return next(
        (
            method
            for method in ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
            if method in offered
        ),
        "client_secret_basic",
    )


@frozen
class Wanted:
    """Scopes to request ``now``, and those that may be requested ``later``."""

    now: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


NOTHING = Wanted()


@frozen
class Registration:
    """Obtains the client's credentials at an authorization server.

    ``preferences`` may force the source of the credentials (``registration``) and the authentication method
    (``auth_method``).
    """

    reach: FlowContext
    identity: Identity
    store: RegistrationStore
    preferences: Preferences = UNDECIDED

    async def credentials(
        self, server: AuthorizationServerMetadata, typed: Credentials | None, wanted: Wanted = NOTHING
    ) -> Credentials:
        """The client's credentials: typed, else by document, else remembered or newly registered, in the order of MCP
        client registration.

        Raises NoMetadata, NoRegistration, Unreachable.
        """
        way = self.preferences.registration
        if typed and way in ("", TYPED):
            return evolve(typed, method=auth_method(server, typed, self.preferences.auth_method))
        if way == DOCUMENT or (way == "" and server.documents and self.identity.document):
            return await self._by_document(server)
        if way == TYPED:
            raise NoRegistration(
                "You chose to enter a client id, but there is none. Enter it, or let the client register itself."
            )
        known = await self._known(server, wanted.now)
        return known or await self._register(server, await self._endpoint(server), union(wanted.now, wanted.later))

    async def _by_document(self, server: AuthorizationServerMetadata) -> Credentials:
        """Credentials whose client id is the address of a metadata document (MCP client ID metadata documents). The
        keyed document is used when private_key_jwt is preferred or offered.
        """
        keyed = self.identity.keyed_document and "private_key_jwt" in (
            self.preferences.auth_method or server.auth_methods or ()
        )
        async with self.reach.trace.hop(
            CLIENT,
            CLIENT,
            Chapter.REGISTRATION,
            "Identify by a client ID metadata document",
            rule="MCP 2026-07-28, client ID metadata documents",
        ) as notes:
            if not self.identity.document:
                raise NoRegistration("This client has no metadata document: it is not at a public https address.")
            me = self.identity
            credentials = (
                Credentials(me.keyed_document, method="private_key_jwt", key=me.key)
                if keyed
                else Credentials(me.document)
            )
            notes.sends({"client_id": credentials.client_id})
            notes.meaning = (
                "The client id is an https address. The authorization server reads the description of this client "
                "there, so no registration is needed."
            )
            return credentials

    async def _known(self, server: AuthorizationServerMetadata, scopes: tuple[str, ...]) -> Credentials | None:
        """A stored registration that has not expired and covers the ``scopes``, as a server may refuse a client scopes
        that it was not registered for; None otherwise.
        """
        known = await self.store.find_registration(server.issuer, self.identity.redirect_uri)
        if known is None or (known.expires_at is not None and known.expires_at <= self.reach.sources.now()):
            return None
        if self.preferences.auth_method not in ("", known.method) or not set(scopes) <= set(
            scopes if known.scope is None else known.scope.split()
        ):
            return None
        async with self.reach.trace.hop(
            CLIENT, CLIENT, Chapter.REGISTRATION, "Use the existing registration", rule="RFC 7591 section 3.2.1"
        ) as notes:
            notes.sends({"client_id": known.client_id})
            notes.meaning = "This client is registered there already, so it uses the same client id."
        return known

    async def _endpoint(self, server: AuthorizationServerMetadata) -> str:
        if server.registration_endpoint is not None:
            return server.registration_endpoint
        async with self.reach.trace.hop(
            CLIENT, CLIENT, Chapter.REGISTRATION, "No way to register this client", rule="RFC 7591 section 3"
        ):
            raise NoRegistration(NOBODY)

    async def _register(
        self, server: AuthorizationServerMetadata, endpoint: str, scopes: tuple[str, ...]
    ) -> Credentials:
        """Register for all scopes that may be requested, as some servers allow a client no others later (RFC 7591
        section 2, scope).
        """
        body = metadata(self.identity, method_to_register(server, self.preferences.auth_method))
        if scopes:
            body["scope"] = " ".join(scopes)
        key = (
            new_key(self.reach.sources.token_bytes(SEED))
            if body["token_endpoint_auth_method"] == "private_key_jwt"
            else None
        )
        if key:
            body["jwks"] = {"keys": [public(key)]}
        credentials = await self._until_taken(server, endpoint, body, key)
        await self.store.put_registration(server.issuer, self.identity.redirect_uri, credentials)
        return credentials

    async def _until_taken(
        self, server: AuthorizationServerMetadata, endpoint: str, body: ClientMetadata, key: Key | None
    ) -> Credentials:
        """Register, retrying once for each adjustable part that the server refuses: the application type and the
        scopes.
        """
        left = ADJUSTABLE & body.keys()
        while True:
            try:
                return await self._ask(server, endpoint, body, key, left)
            except PartRefused as refused:
                left -= {refused.part}
                body = adjusted(body, refused.part)

    async def _ask(
        self,
        server: AuthorizationServerMetadata,
        endpoint: str,
        body: ClientMetadata,
        key: Key | None,
        left: frozenset[str],
    ) -> Credentials:
        """Send one registration request. Raises PartRefused when the server refuses one of the parts in ``left``."""
        title = "Register this client"
        async with self.reach.trace.hop(
            CLIENT, AUTH, Chapter.REGISTRATION, title, method="POST", url=endpoint, rule="RFC 7591 section 3.1"
        ) as notes:
            notes.sends(body)
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            response = await self.reach.fetch(notes, "POST", endpoint, headers, json.dumps(body).encode())
            if server.assumed and not _registers(response):
                raise NoMetadata(
                    "The server requires a sign-in but does not say where: it has no protected resource metadata (RFC "
                    "9728)."
                )
            part = refused_part(response)
            if part in left:
                notes.meaning = AGAIN[part].format(**body)
                raise PartRefused(part)
            credentials = read_registration(response, str(body["token_endpoint_auth_method"]), key, notes)
            notes.meaning = "The authorization server registered this client and issued a client id for it."
            return evolve(credentials, scope=body.get("scope"))


def adjusted(body: ClientMetadata, part: str) -> ClientMetadata:
    """The body with the other application type, or without scopes, for which the server then registers a default set
    (RFC 7591 section 2).
    """
    changed = body.copy()
    if part == "application_type":
        changed["application_type"] = OTHER_KIND[body["application_type"]]
    else:
        del changed["scope"]
    return changed


def _registers(response: Response) -> bool:
    """Whether the answer is from a registration endpoint, even if it is a refusal (RFC 7591 section 3.2). Needed where
    the endpoint was only assumed to exist.
    """
    answer = response.json_object() or {}
    return response.succeeded or answer.get("error") in REFUSALS


def refused_part(response: Response) -> str:
    """The part of the body to adjust after this answer; empty for none.

    It is application_type (MCP 2026-07-28, application type and redirect URI constraints), or scope, which servers
    refuse with several codes (Keycloak 403 insufficient_scope, others 400 invalid_client_metadata).
    """
    error = (response.json_object() or {}).get("error")
    if response.status == 400 and error == "invalid_redirect_uri":
        return "application_type"
    about_scope = error in ("invalid_scope", "invalid_client_metadata") or b"scope" in response.body.lower()
    return "scope" if response.status in (400, 403, 422) and about_scope else ""


REFUSALS = frozenset(
    {"invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement", "unapproved_software_statement"}
)


def read_registration(response: Response, asked: str, key: Key | None, notes: Notes) -> Credentials:
    """Read a registration response (RFC 7591 sections 3.2.1 and 3.2.2). Raises NoRegistration."""
    document = response.json_object() or {}
    registered = RegistrationResponse.read(document)
    if not response.succeeded:
        raise NoRegistration(
            f"The authorization server did not register this client: {complaint_of(response)}", _cause(response)
        )
    if registered.client_id is None:
        found = "its response has no client_id" if document else instead(response).words
        raise NoRegistration(
            f"The authorization server accepted the registration, but {found}.",
            instead(response).cause or CauseCode.REGISTRATION_ANSWER,
        )
    notes.receives({name: document.get(name) for name in SHOWN})
    return Credentials(
        registered.client_id,
        registered.client_secret,
        registered.method or asked,
        registered=True,
        key=key,
        expires_at=registered.expires_at,
    )


def _cause(response: Response) -> CauseCode:
    if response.status in (404, 405):
        return CauseCode.NO_REGISTRATION_ENDPOINT
    refused = CauseCode.REGISTRATION_NEEDS_TOKEN if response.status in (401, 403) else CauseCode.REGISTRATION_REFUSED
    return instead(response).cause or refused
