"""A test client for authors of servers: real HTTP, a real token, any revision of MCP.

``connect`` starts the service on a loopback port and returns a ``Client``; ``client`` sends the requests, ``wire``
reads JSON and event streams. For tests only; no other part imports it but ``authoring``.

It may import ``accounts``, ``compose``, ``mcp``, ``mcp.protocol``, ``oauth.protocol`` and the value modules at the
top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from ..accounts import Account
from ..compose import SERVICE, Service, create_app
from ..mcp import Server
from ..mcp.protocol import MODERN_VERSION
from ..oauth.protocol import Client as OAuthClient
from ..oauth.protocol import ClientKind, Grant
from ..settings import Settings
from .client import EVERYTHING, Answers, CallResult, Client
from .wire import Failure, Refused, Wire

__all__ = ["EVERYTHING", "Answers", "CallResult", "Client", "Failure", "Refused", "connect"]

REDIRECT_URI = "http://127.0.0.1/callback"


@asynccontextmanager
async def connect(
    server: Server,
    *,
    user: str | None = "ada",
    client: str | None = None,
    scopes: Iterable[str] | None = None,
    revision: str = MODERN_VERSION,
    answers: Answers | None = None,
) -> AsyncIterator[Client]:
    """Serve ``server`` and connect a client of ``user``, who granted ``scopes`` (all scopes when None).

    With ``user=None``, the client sends no token. With ``client``, a name, it acts for itself, without a user. The
    server listens on a free loopback port and keeps everything in memory.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        runner = web.AppRunner(
            await create_app(Settings(public_url=address, database="sqlite://", shutdown_timeout=1), server=server)
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            service = runner.app[SERVICE]
            token = (
                await _client_token(service, client, scopes)
                if client
                else await _token(service, user, scopes)
                if user
                else None
            )
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            async with aiohttp.ClientSession() as session:
                connected = await Client(
                    Wire(session, f"{address}/mcp", headers), revision, {} if answers is None else answers
                ).open()
                yield connected
                await connected.close()
        finally:
            await runner.cleanup()


async def _token(service: Service, user: str, scopes: Iterable[str] | None) -> str:
    """An access token as issued after consent of ``user``, whose account is created."""
    now = service.sources.now()
    name = user.replace("_", " ").title()
    await service.store.add_account(Account(user, user, name, now, "no password", email=f"{user}@example.com"))
    return await _granted(service, user, "Test client", scopes)


async def _client_token(service: Service, name: str, scopes: Iterable[str] | None) -> str:
    """An access token as issued by the client credentials grant."""
    return await _granted(service, None, name, scopes)


async def _granted(service: Service, user_id: str | None, client_name: str, scopes: Iterable[str] | None) -> str:
    now = service.sources.now()
    await service.store.add_client(OAuthClient("test-client", client_name, (REDIRECT_URI,), ClientKind.OPERATOR, now))
    granted = " ".join(service.scopes.names if scopes is None else scopes)
    grant = Grant("test-grant", user_id, "test-client", granted, service.settings.resource, now, now + 86400)
    await service.store.add_grant(grant)
    return service.access_tokens.issue(grant)
