"""The official Python SDK's client and its OAuth provider, wired to a scripted person instead of a window."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import httpx2
from attrs import define, field
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl
from yarl import URL

from tests.interop.browser import Person
from tests.interop.callback import Callback

Mode = Literal["auto", "legacy"]


@define
class Wallet:
    """The SDK's token storage. ``kept`` has every token answer, oldest first; ``registrations`` counts new client ids."""

    client: OAuthClientInformationFull | None = None
    kept: list[OAuthToken] = field(factory=list)
    registrations: int = 0

    async def get_tokens(self) -> OAuthToken | None:
        return self.kept[-1] if self.kept else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.kept.append(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client, self.registrations = client_info, self.registrations + 1


@define
class Application:
    """Somebody's MCP application: the SDK, a wallet, a loopback callback and the person who uses it.

    ``withheld`` holds, for each time the person is asked, the scopes they untick. ``asked`` has each authorization URL.
    """

    mcp_url: str
    person: Person
    callback: Callback
    wallet: Wallet = field(factory=Wallet)
    withheld: list[frozenset[str]] = field(factory=list)
    decision: str = "allow"
    auth_method: Literal["none", "client_secret_basic", "client_secret_post"] | None = None
    asked: list[URL] = field(factory=list)
    answers: list[tuple[str, int]] = field(factory=list)

    async def show(self, authorization_url: str) -> None:
        """Instead of opening a window."""
        self.asked.append(URL(authorization_url))
        without = self.withheld.pop(0) if self.withheld else frozenset[str]()
        await self.person.consent(authorization_url, without=without, decision=self.decision)

    async def receive(self) -> AuthorizationCodeResult:
        query = await self.callback.receive()
        return AuthorizationCodeResult(code=query.get("code", ""), state=query.get("state"), iss=query.get("iss"))

    def provider(self) -> OAuthClientProvider:
        redirect_uris = [AnyUrl(self.callback.url)]
        metadata = OAuthClientMetadata(client_name="Interop client", redirect_uris=redirect_uris, token_endpoint_auth_method=self.auth_method)
        return OAuthClientProvider(self.mcp_url, metadata, self.wallet, redirect_handler=self.show, callback_handler=self.receive)

    @asynccontextmanager
    async def connect(self, mode: Mode) -> AsyncIterator[tuple[Client, OAuthClientProvider]]:
        """A connected client. ``auto`` takes the newest revision both speak, ``legacy`` the initialize handshake."""
        provider = self.provider()
        hooks = {"response": [self._note]}
        async with (
            httpx2.AsyncClient(auth=provider, timeout=20, event_hooks=hooks) as http,
            Client(streamable_http_client(self.mcp_url, http_client=http), mode=mode) as client,
        ):
            yield client, provider

    async def _note(self, response: httpx2.Response) -> None:
        self.answers.append((response.request.url.path, response.status_code))


def seconds_left(provider: OAuthClientProvider) -> float:
    """How long the SDK takes its access token for good."""
    expiry = provider.context.token_expiry_time
    assert expiry is not None
    return expiry - time.time()
