"""Servers that nobody here wrote, each on a port of this process: PyPI's ``mcp`` and ``fastmcp``, with the sign-in
they bring along.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import httpx2
import uvicorn
from attrs import frozen
from fastmcp import FastMCP
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SCOPE = "greet"
REGISTERING = ClientRegistrationOptions(enabled=True, valid_scopes=[SCOPE], default_scopes=[SCOPE])


@frozen
class Theirs:
    """A server at ``url``, and who signs people in to it: what it has given out can be looked at, and taken back."""

    url: str
    provider: InMemoryOAuthProvider

    def forget_access_tokens(self) -> None:
        """As if they had run out."""
        self.provider.access_tokens.clear()

    def forget_people(self) -> None:
        """As if everybody's sign-in had ended."""
        self.forget_access_tokens()
        self.provider.refresh_tokens.clear()


class _Quiet(uvicorn.Server):
    """Says when it answers, and leaves signals to the tests."""

    def __init__(self, app: object) -> None:
        super().__init__(uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1))  # type: ignore[arg-type]  # any ASGI app
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listener() -> tuple[socket.socket, str]:
    """A port that is ours already, and the origin it makes."""
    listening = socket.create_server(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


@asynccontextmanager
async def served(app: object, listening: socket.socket) -> AsyncIterator[None]:
    with listening:
        server = _Quiet(app)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        await server.answers.wait()
        try:
            yield
        finally:
            server.should_exit = True
            await running


def provider(origin: str) -> InMemoryOAuthProvider:
    """Says yes to everybody at once: the person's click is made elsewhere."""
    return InMemoryOAuthProvider(
        base_url=origin,
        client_registration_options=REGISTERING,
        revocation_options=RevocationOptions(enabled=True),
        required_scopes=[SCOPE],
    )


def _settings(issuer: str, resource: str) -> AuthSettings:
    return AuthSettings(
        issuer_url=AnyHttpUrl(issuer),
        resource_server_url=AnyHttpUrl(resource),
        client_registration_options=REGISTERING,
        revocation_options=RevocationOptions(enabled=True),
        required_scopes=[SCOPE],
        validate_token_resource=False,
    )


def _greet(name: str) -> str:
    return f"Hello, {name}!"


@asynccontextmanager
async def fastmcp() -> AsyncIterator[Theirs]:
    """FastMCP, signing people in by itself."""
    listening, origin = listener()
    theirs = provider(origin)
    server = FastMCP("FastMCP's greeter", auth=theirs)
    server.tool(_greet, name="greet")
    async with served(server.http_app(), listening):
        yield Theirs(f"{origin}/mcp", theirs)


@asynccontextmanager
async def official_python() -> AsyncIterator[Theirs]:
    """The official SDK, signing people in by itself."""
    listening, origin = listener()
    theirs = provider(origin)
    server = MCPServer("The official greeter", auth_server_provider=theirs, auth=_settings(origin, f"{origin}/mcp"))
    server.add_tool(_greet, name="greet")
    async with served(server.streamable_http_app(), listening):
        yield Theirs(f"{origin}/mcp", theirs)


@frozen
class Introspection:
    """A server asks the authorization server about each token, as the SDK's simple-auth example does (RFC 7662)."""

    endpoint: str

    async def verify_token(self, token: str) -> AccessToken | None:
        async with httpx2.AsyncClient() as http:
            told = (await http.post(self.endpoint, data={"token": token})).json()
        return (
            AccessToken(token=token, client_id=told["client_id"], scopes=told["scope"].split())
            if told["active"]
            else None
        )


@asynccontextmanager
async def simple_auth() -> AsyncIterator[Theirs]:
    """The official SDK as its simple-auth example has it: the authorization server is a program of its own, at
    another origin.
    """
    (mine, origin), (other, issuer) = listener(), listener()
    theirs = provider(issuer)

    async def introspect(request: Request) -> Response:
        known = await theirs.load_access_token(str((await request.form())["token"]))
        return JSONResponse(
            {"active": True, "client_id": known.client_id, "scope": " ".join(known.scopes)}
            if known
            else {"active": False}
        )

    routes = create_auth_routes(
        theirs,
        AnyHttpUrl(issuer),
        client_registration_options=REGISTERING,
        revocation_options=RevocationOptions(enabled=True),
    )
    server = MCPServer(
        "Simple auth", token_verifier=Introspection(f"{issuer}/introspect"), auth=_settings(issuer, f"{origin}/mcp")
    )
    server.add_tool(_greet, name="greet")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            served(Starlette(routes=[*routes, Route("/introspect", introspect, methods=["POST"])]), other)
        )
        await stack.enter_async_context(served(server.streamable_http_app(), mine))
        yield Theirs(f"{origin}/mcp", theirs)


SERVERS = {"fastmcp": fastmcp, "official-python": official_python, "simple-auth": simple_auth}
