"""How this client becomes known to an authorization server: typed credentials, remembered ones, or RFC 7591 on the spot."""

import json
from typing import Any, Protocol

from ..addresses import host_of
from ..errors import NoRegistration
from ..fetcher import Call, Fetcher, Response
from ..models import Credentials
from ..settings import Settings
from ..trace import AUTH, CLIENT, Notes, Trace
from .discovery import AuthorizationServer

CHAPTER = "Introducing this client"


class RegistrationStore(Protocol):
    async def find_registration(self, issuer: str, redirect_uri: str) -> Credentials | None: ...
    async def put_registration(self, issuer: str, redirect_uri: str, credentials: Credentials) -> None: ...


def auth_method(server: AuthorizationServer, *, secret: bool) -> str:
    """The token endpoint authentication method to use (RFC 8414 section 2: client_secret_basic when the server names none)."""
    if not secret:
        return "none"
    offered = server.auth_methods or ("client_secret_basic",)
    return "client_secret_post" if "client_secret_post" in offered and "client_secret_basic" not in offered else "client_secret_basic"


def registration_body(settings: Settings, server: AuthorizationServer) -> dict[str, Any]:
    """RFC 7591 section 2, with the ``application_type`` that MCP client registration asks for."""
    public = server.auth_methods is None or "none" in server.auth_methods
    return {
        "client_name": settings.client_name,
        "redirect_uris": [settings.redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": auth_method(server, secret=not public),
        "application_type": "native" if settings.on_loopback else "web",
    }


class Registration:
    def __init__(self, settings: Settings, store: RegistrationStore, fetcher: Fetcher, trace: Trace, url: str) -> None:
        self._settings = settings
        self._store = store
        self._fetcher = fetcher
        self._trace = trace
        self._typed_host = host_of(url) or ""

    async def credentials(self, server: AuthorizationServer, typed: Credentials | None) -> Credentials:
        """Typed before remembered before new, as MCP client registration orders. Raises NoRegistration, Unreachable."""
        if typed:
            return Credentials(typed.client_id, typed.client_secret, auth_method(server, secret=bool(typed.client_secret)))
        known = await self._store.find_registration(server.issuer, self._settings.redirect_uri)
        if known:
            await self._note_known(known)
            return known
        return await self._register(server, await self._endpoint(server))

    async def _endpoint(self, server: AuthorizationServer) -> str:
        if server.registration_endpoint is not None:
            return server.registration_endpoint
        async with self._trace.hop(CLIENT, CLIENT, CHAPTER, "Nobody here knows me", rule="RFC 7591 section 3"):
            raise NoRegistration(
                'This authorization server does not register clients by itself. Add the integration again, tick "No dynamic client registration",'
                " and enter a client id from its owner."
            )

    async def _note_known(self, known: Credentials) -> None:
        async with self._trace.hop(CLIENT, CLIENT, CHAPTER, "We have met before", rule="RFC 7591 section 3.2.1") as notes:
            notes.sends({"client_id": known.client_id})
            notes.meaning = "This client is registered there already, so it introduces itself with the same id."

    async def _register(self, server: AuthorizationServer, endpoint: str) -> Credentials:
        body = registration_body(self._settings, server)
        title = "Hello, may I have a client id?"
        async with self._trace.hop(CLIENT, AUTH, CHAPTER, title, method="POST", url=endpoint, rule="RFC 7591 section 3.1") as notes:
            notes.sends(body)
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            response = await self._fetcher.fetch(Call("POST", endpoint, self._typed_host, headers, json.dumps(body).encode()), notes)
            notes.status = response.status
            credentials = self._read(response, str(body["token_endpoint_auth_method"]), notes)
            notes.meaning = "The authorization server wrote this client down and gave it a name of its own: the client id."
        await self._store.put_registration(server.issuer, self._settings.redirect_uri, credentials)
        return credentials

    def _read(self, response: Response, asked: str, notes: Notes) -> Credentials:
        document = response.json_object() or {}
        client_id, secret = document.get("client_id"), document.get("client_secret")
        if response.status not in (200, 201) or not isinstance(client_id, str) or not client_id:
            told = str(document.get("error_description") or document.get("error") or f"status {response.status}")[:300]
            raise NoRegistration(f"The authorization server did not register this client: {told}")
        method = document.get("token_endpoint_auth_method", asked)
        notes.receives(
            {name: document.get(name) for name in ("client_id", "client_secret", "client_secret_expires_at", "token_endpoint_auth_method", "redirect_uris")}
        )
        return Credentials(client_id, secret if isinstance(secret, str) else None, str(method), registered=True)
