"""How this client becomes known to an authorization server: typed credentials, a metadata document, or RFC 7591 on the spot."""

import json
from typing import Any, Protocol

from attrs import evolve, frozen

from ..errors import NoMetadata, NoRegistration, RedirectRefused
from ..fetcher import Response
from ..models import Credentials, Preferences
from ..trace import AUTH, CLIENT, Notes
from .client_authentication import auth_method
from .identity import Identity, metadata
from .metadata import AuthorizationServer
from .reach import Reach
from .signing import SEED, Key, new_key, public
from .unexpected import complaint_of, instead

CHAPTER = "Introducing this client"
TYPED, DOCUMENT, DYNAMIC = "typed", "document", "dynamic"
SHOWN = ("client_id", "client_secret", "client_secret_expires_at", "token_endpoint_auth_method", "redirect_uris")
UNDECIDED = Preferences()
OTHER_KIND = {"native": "web", "web": "native"}
NOBODY = "This authorization server does not register clients by itself, and this client has no client id there. One must come from its owner."


class RegistrationStore(Protocol):
    """Registrations by issuer: one is never shown to another authorization server (MCP authorization server binding)."""

    async def find_registration(self, issuer: str, redirect_uri: str) -> Credentials | None: ...
    async def put_registration(self, issuer: str, redirect_uri: str, credentials: Credentials) -> None: ...
    async def forget_registration(self, issuer: str, redirect_uri: str) -> None: ...


def method_to_register(server: AuthorizationServer, forced: str = "") -> str:
    """The client needs no secret where none is asked for; private_key_jwt before a secret only where nothing else is offered."""
    if forced:
        return forced
    offered = server.auth_methods or ("none",)
    return next((method for method in ("none", "client_secret_basic", "client_secret_post", "private_key_jwt") if method in offered), "client_secret_basic")


@frozen
class Registration:
    """``preferences`` may force a way (``registration``) and a method (``auth_method``)."""

    reach: Reach
    identity: Identity
    store: RegistrationStore
    preferences: Preferences = UNDECIDED

    async def credentials(self, server: AuthorizationServer, typed: Credentials | None) -> Credentials:
        """Typed, then by document, then remembered or new, as MCP client registration orders. Raises NoMetadata, NoRegistration, Unreachable."""
        way = self.preferences.registration
        if typed and way in ("", TYPED):
            return evolve(typed, method=auth_method(server, typed, self.preferences.auth_method))
        if way == DOCUMENT or (way == "" and server.documents and self.identity.document):
            return await self._by_document(server)
        if way == TYPED:
            raise NoRegistration("You chose to enter a client id yourself, but there is none. Add it, or let the client find its own way.")
        known = await self._known(server)
        return known or await self._register(server, await self._endpoint(server))

    async def _by_document(self, server: AuthorizationServer) -> Credentials:
        """MCP client ID metadata documents: the client id is an address; the key is used where the server can check it."""
        keyed = self.identity.keyed_document and "private_key_jwt" in (self.preferences.auth_method or server.auth_methods or ())
        async with self.reach.trace.hop(CLIENT, CLIENT, CHAPTER, "My name is my address", rule="MCP 2026-07-28, client ID metadata documents") as notes:
            if not self.identity.document:
                raise NoRegistration("This client has no metadata document: it is not at a public https address.")
            me = self.identity
            credentials = Credentials(me.keyed_document, method="private_key_jwt", key=me.key) if keyed else Credentials(me.document)
            notes.sends({"client_id": credentials.client_id})
            notes.meaning = "The client id is an https address. The authorization server reads there who this client is; nothing has to be registered."
            return credentials

    async def _known(self, server: AuthorizationServer) -> Credentials | None:
        known = await self.store.find_registration(server.issuer, self.identity.redirect_uri)
        if known is None or (known.expires_at is not None and known.expires_at <= self.reach.sources.now()):
            return None
        if self.preferences.auth_method not in ("", known.method):
            return None
        async with self.reach.trace.hop(CLIENT, CLIENT, CHAPTER, "We have met before", rule="RFC 7591 section 3.2.1") as notes:
            notes.sends({"client_id": known.client_id})
            notes.meaning = "This client is registered there already, so it introduces itself with the same id."
        return known

    async def _endpoint(self, server: AuthorizationServer) -> str:
        if server.registration_endpoint is not None:
            return server.registration_endpoint
        async with self.reach.trace.hop(CLIENT, CLIENT, CHAPTER, "Nobody here knows me", rule="RFC 7591 section 3"):
            raise NoRegistration(NOBODY)

    async def _register(self, server: AuthorizationServer, endpoint: str) -> Credentials:
        body = metadata(self.identity, method_to_register(server, self.preferences.auth_method))
        key = new_key(self.reach.sources.token_bytes(SEED)) if body["token_endpoint_auth_method"] == "private_key_jwt" else None
        if key:
            body["jwks"] = {"keys": [public(key)]}
        try:
            credentials = await self._ask(server, endpoint, body, key)
        except RedirectRefused:
            credentials = await self._ask(server, endpoint, {**body, "application_type": OTHER_KIND[body["application_type"]]}, key, last=True)
        await self.store.put_registration(server.issuer, self.identity.redirect_uri, credentials)
        return credentials

    async def _ask(self, server: AuthorizationServer, endpoint: str, body: dict[str, Any], key: Key | None, *, last: bool = False) -> Credentials:
        title = "Hello, may I have a client id?"
        async with self.reach.trace.hop(CLIENT, AUTH, CHAPTER, title, method="POST", url=endpoint, rule="RFC 7591 section 3.1") as notes:
            notes.sends(body)
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            response = await self.reach.fetch(notes, "POST", endpoint, headers, json.dumps(body).encode())
            if server.assumed and not _registers(response):
                raise NoMetadata(
                    "The server wants you to sign in but does not say where: it has no protected resource metadata (RFC 9728).", "no_resource_metadata"
                )
            if not last and _wants_another_kind(response):
                notes.meaning = f"It takes no {body['application_type']} client with this redirect URI. Asked once more, as a client of the other kind."
                raise RedirectRefused
            credentials = read_registration(response, str(body["token_endpoint_auth_method"]), key, notes)
            notes.meaning = "The authorization server wrote this client down and gave it a name of its own: the client id."
            return credentials


def _registers(response: Response) -> bool:
    """Whether something that registers clients answered, be it with a refusal (RFC 7591 section 3.2): nobody has said that there is such a thing here."""
    answer = response.json_object() or {}
    return response.succeeded or answer.get("error") in REFUSALS


def _wants_another_kind(response: Response) -> bool:
    """MCP 2026-07-28, application type and redirect URI constraints: a client may adjust its application_type."""
    return response.status == 400 and (response.json_object() or {}).get("error") == "invalid_redirect_uri"


REFUSALS = frozenset({"invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement", "unapproved_software_statement"})


def read_registration(response: Response, asked: str, key: Key | None, notes: Notes) -> Credentials:
    """RFC 7591 sections 3.2.1 and 3.2.2. Raises NoRegistration."""
    document = response.json_object() or {}
    client_id, secret = document.get("client_id"), document.get("client_secret")
    if not response.succeeded:
        cause = "no_registration_endpoint" if response.status in (404, 405) else instead(response).cause
        raise NoRegistration(f"The authorization server did not register this client: {complaint_of(response)}", cause)
    if not isinstance(client_id, str) or not client_id:
        found = "its answer has no client_id" if document else instead(response).words
        raise NoRegistration(f"The authorization server said yes to the registration, but {found}.", instead(response).cause or "registration_answer")
    notes.receives({name: document.get(name) for name in SHOWN})
    method = str(document.get("token_endpoint_auth_method") or asked)
    return Credentials(client_id, secret if isinstance(secret, str) else None, method, registered=True, key=key, expires_at=_end(document))


def _end(document: dict[str, Any]) -> int | None:
    """``client_secret_expires_at``: 0 means never."""
    told = document.get("client_secret_expires_at")
    return int(told) if isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < 1e11 else None
