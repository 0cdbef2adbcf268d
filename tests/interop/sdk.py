"""The official Python SDK's client and its OAuth provider, wired to a scripted person instead of a window."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

import httpx2
from attrs import define, field, frozen
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent, TextResourceContents
from pydantic import AnyUrl

from tests.interop.callback import Callback, listening
from tests.interop.stranger import Answer, Era, Window


@define
class Wallet:
    """The SDK's token storage.

    ``kept`` has every token answer, oldest first; ``registrations`` counts new client ids.
    """

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

    ``answers`` has the path and status of every answer it got.
    """

    mcp_url: str
    window: Window
    callback: Callback
    wallet: Wallet = field(factory=Wallet)
    auth_method: Literal["none", "client_secret_basic", "client_secret_post"] | None = None
    answers: list[tuple[str, int]] = field(factory=list)

    async def receive(self) -> AuthorizationCodeResult:
        query = await self.callback.receive()
        return AuthorizationCodeResult(code=query.get("code", ""), state=query.get("state"), iss=query.get("iss"))

    def provider(self) -> OAuthClientProvider:
        redirect_uris = [AnyUrl(self.callback.url)]
        metadata = OAuthClientMetadata(
            client_name="Interop client", redirect_uris=redirect_uris, token_endpoint_auth_method=self.auth_method
        )
        return OAuthClientProvider(
            self.mcp_url, metadata, self.wallet, redirect_handler=self.window.show, callback_handler=self.receive
        )

    @asynccontextmanager
    async def connect(self, era: Era) -> AsyncIterator[tuple[Client, OAuthClientProvider]]:
        """A connected client. ``auto`` takes the newest revision both speak, ``legacy`` the initialize handshake."""
        provider = self.provider()
        hooks = {"response": [self._note]}
        async with (
            httpx2.AsyncClient(auth=provider, timeout=20, event_hooks=hooks) as http,
            Client(
                streamable_http_client(self.mcp_url, http_client=http), mode=era, elicitation_callback=self._elicit
            ) as client,
        ):
            yield client, provider

    async def _elicit(self, context: object, params: ElicitRequestParams) -> ElicitResult:
        return ElicitResult.model_validate(self.window.fill_in(params.message))

    async def _note(self, response: httpx2.Response) -> None:
        self.answers.append((response.request.url.path, response.status_code))


def seconds_left(provider: OAuthClientProvider) -> float:
    """How long the SDK takes its access token for good."""
    expiry = provider.context.token_expiry_time
    assert expiry is not None
    return expiry - time.time()


@frozen
class PythonConnection:
    """The official client as one of the strangers; FastMCP's results are of the same kinds."""

    client: Client

    @property
    def revision(self) -> str:
        return self.client.protocol_version

    async def list_tools(self) -> dict[str, dict[str, object]]:
        return {tool.name: tool.model_dump(by_alias=True) for tool in (await self.client.list_tools()).tools}

    async def call(self, tool: str, **arguments: object) -> Answer:
        progress = Progress()
        return answer(await self.client.call_tool(tool, arguments, progress_callback=progress.hear), progress)

    async def read(self, uri: str) -> str:
        return text_of((await self.client.read_resource(uri)).contents)

    async def prompt(self, name: str, **arguments: str) -> str:
        (message,) = (await self.client.get_prompt(name, arguments)).messages
        return text_of([message.content])


@frozen
class Progress:
    """What a call told of itself."""

    heard: list[float] = field(factory=list)

    async def hear(self, progress: float, total: float | None, message: str | None) -> None:
        self.heard.append(progress)


def text_of(blocks: Sequence[object]) -> str:
    """Of content blocks and resource contents alike."""
    return "\n".join(block.text for block in blocks if isinstance(block, TextContent | TextResourceContents))


def answer(result: object, progress: Progress) -> Answer:
    """From the SDK's own model of a result."""
    assert isinstance(result, CallToolResult)
    assert result.structured_content is None or isinstance(result.structured_content, dict)
    return Answer(bool(result.is_error), text_of(result.content), result.structured_content, tuple(progress.heard))


class OfficialPython:
    """The client of PyPI's ``mcp``."""

    @asynccontextmanager
    async def connect(self, mcp_url: str, window: Window, era: Era) -> AsyncIterator[PythonConnection]:
        async with listening() as callback, Application(mcp_url, window, callback).connect(era) as (client, _):
            yield PythonConnection(client)
