"""The authorization servers that are measured, each a process of its own: ``python -m benchmarks.issuing NAME PORT
CODES VERIFIER`` prints one line of JSON.

``ours`` keeps everything in an SQLite file, durable before the answer leaves; ``sdk`` is the official Python SDK's set
of endpoints under uvicorn over a dictionary, with opaque tokens, as its examples have it. What one of them does not
serve has no path.
"""

import asyncio
import hashlib
import json
import secrets
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from attrs import define, field

from mcpserver.accounts.models import Account
from mcpserver.compose.app import create_app
from mcpserver.compose.service import SERVICE
from mcpserver.notes.application import open_notes
from mcpserver.oauth.protocol.models import AuthorizationCode, Client, ClientKind, Grant
from mcpserver.secrets import SecretKind, digest, mint
from mcpserver.settings import Settings

CLIENT_ID, SECRET, REDIRECT_URI = "bench", "bench-secret", "https://c.example/cb"
FLOWS = ("authorization_code", "refresh_token", "client_credentials")


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _ready(port: int, codes: list[str], paths: dict[str, str]) -> None:
    print(
        json.dumps({"port": port, "client_id": CLIENT_ID, "client_secret": SECRET, "codes": codes, "paths": paths}),
        flush=True,
    )


async def ours(port: int, count: int, verifier: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'bench.db'}"
        # Everybody registers from an address of their own: this limit is about one caller.
        settings = Settings(
            port=port,
            database=database,
            code_lifetime=600,
            max_unused_clients=1_000_000,
            trusted_proxies=("127.0.0.1/32",),
        )
        app = await create_app(settings, server=open_notes)
        service = app[SERVICE]
        now, sources = service.sources.now(), service.sources
        await service.store.add_account(Account("ada", "ada", "Ada", now, "no password"))
        hidden = digest(SecretKind.CLIENT_SECRET, SECRET)
        client = Client(
            CLIENT_ID, "Bench", (REDIRECT_URI,), ClientKind.OPERATOR, now, "client_secret_post", hidden, FLOWS
        )
        await service.store.add_client(client)
        codes = [mint(SecretKind.CODE, sources) for _ in range(count)]

        async def keep(number: int, code: str) -> None:
            grant = Grant(
                f"grant{number}",
                "ada",
                CLIENT_ID,
                "notes:read offline_access",
                service.settings.resource,
                now,
                now + 86400,
            )
            kept = AuthorizationCode(
                digest(SecretKind.CODE, code), grant.id, REDIRECT_URI, _challenge(verifier), now + 600
            )
            assert await service.store.add_grant(grant, kept)

        await asyncio.gather(*(keep(number, code) for number, code in enumerate(codes)))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        well_known = "/.well-known/oauth-authorization-server"
        _ready(
            port,
            codes,
            {"token": "/token", "introspection": "/introspect", "registration": "/register", "metadata": well_known},
        )
        await asyncio.Event().wait()


@define
class _Memory:
    """What the SDK asks of a provider, over dictionaries."""

    codes: dict[str, Any] = field(factory=dict)
    clients: dict[str, Any] = field(factory=dict)
    refresh_tokens: dict[str, Any] = field(factory=dict)
    access_tokens: dict[str, Any] = field(factory=dict)

    async def get_client(self, client_id: str) -> Any:
        return self.clients.get(client_id)

    async def register_client(self, client_info: Any) -> None:
        self.clients[client_info.client_id] = client_info

    async def load_authorization_code(self, client: Any, authorization_code: str) -> Any:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client: Any, authorization_code: Any) -> Any:
        del self.codes[authorization_code.code]
        return self._answer(client, authorization_code.scopes)

    async def load_refresh_token(self, client: Any, refresh_token: str) -> Any:
        return self.refresh_tokens.get(refresh_token)

    async def exchange_refresh_token(self, client: Any, refresh_token: Any, scopes: list[str]) -> Any:
        del self.refresh_tokens[refresh_token.token]
        return self._answer(client, scopes)

    def _answer(self, client: Any, scopes: list[str]) -> Any:
        from mcp.server.auth.provider import AccessToken, RefreshToken  # noqa: PLC0415 - only here
        from mcp.shared.auth import OAuthToken  # noqa: PLC0415

        access, refresh, until = secrets.token_urlsafe(32), secrets.token_urlsafe(32), int(time.time()) + 3600
        self.access_tokens[access] = AccessToken(
            token=access, client_id=client.client_id, scopes=scopes, expires_at=until
        )
        self.refresh_tokens[refresh] = RefreshToken(token=refresh, client_id=client.client_id, scopes=scopes)
        return OAuthToken(access_token=access, expires_in=3600, scope=" ".join(scopes), refresh_token=refresh)


async def sdk(port: int, count: int, verifier: str) -> None:
    import uvicorn  # noqa: PLC0415
    from mcp.server.auth.provider import AuthorizationCode as Code  # noqa: PLC0415
    from mcp.server.auth.routes import create_auth_routes  # noqa: PLC0415
    from mcp.server.auth.settings import ClientRegistrationOptions  # noqa: PLC0415
    from mcp.shared.auth import OAuthClientInformationFull  # noqa: PLC0415
    from pydantic import AnyHttpUrl, AnyUrl  # noqa: PLC0415
    from starlette.applications import Starlette  # noqa: PLC0415

    memory = _Memory()
    memory.clients[CLIENT_ID] = OAuthClientInformationFull(
        client_id=CLIENT_ID,
        client_secret=SECRET,
        redirect_uris=[AnyUrl(REDIRECT_URI)],
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
        grant_types=list(FLOWS),
    )
    codes = [secrets.token_urlsafe(32) for _ in range(count)]
    for code in codes:
        memory.codes[code] = Code(
            code=code,
            scopes=["notes:read"],
            expires_at=time.time() + 600,
            client_id=CLIENT_ID,
            code_challenge=_challenge(verifier),
            redirect_uri=AnyUrl(REDIRECT_URI),
            redirect_uri_provided_explicitly=True,
        )
    provider: Any = memory
    routes = create_auth_routes(
        provider,
        AnyHttpUrl(f"http://127.0.0.1:{port}"),
        client_registration_options=ClientRegistrationOptions(enabled=True),
    )

    class Announced(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            _ready(
                port,
                codes,
                {"token": "/token", "registration": "/register", "metadata": "/.well-known/oauth-authorization-server"},
            )

    await Announced(uvicorn.Config(Starlette(routes=routes), port=port, log_level="error", access_log=False)).serve()


SERVERS: dict[str, Callable[[int, int, str], Awaitable[None]]] = {"ours": ours, "sdk": sdk}

if __name__ == "__main__":
    asyncio.run(SERVERS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))  # type: ignore[arg-type]
