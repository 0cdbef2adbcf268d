"""The MCP endpoint in a web application, the same whoever gives the tokens for it."""

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import astuple, evolve

from mcpbase.seal import Seal
from mcpbase.serving import body_rules

from ..mcp import Server
from ..mcp.protocol import Limits, Share
from ..oauth.resource import ResourceServer
from ..processes import ProcessEvents
from ..settings import Settings
from ..sources import Sources
from ..store import Store
from ..transports import StreamableHTTP
from ..transports.http import Timing
from ..web.http import peer_address

LARGEST_FORM = 128 * 1024
"""Bytes of the largest body that an application may take besides the MCP endpoint."""

SSE_MESSAGES = "/messages"
"""The path that clients of 2024-11-05 post to."""


def create_endpoint(
    settings: Settings,
    server: Server,
    gate: ResourceServer,
    *,
    seal: Seal,
    sources: Sources,
    store: Store,
    events: ProcessEvents | None = None,
    extensions: Mapping[str, dict[str, object]] = MappingProxyType({}),
) -> StreamableHTTP:
    """Behind ``gate``, with its sessions and tasks in the store.

    ``extensions`` are those of MCP that the server announces.
    """
    return StreamableHTTP(
        server,
        gate,
        seal=seal,
        sources=sources,
        sessions=store,
        session_lifetime=settings.mcp_session_lifetime,
        tasks=store,
        extensions=extensions,
        public_url=settings.public_url,
        allowed_origins=settings.allowed_origins,
        max_body_size=settings.max_body_size,
        body_timeout=settings.body_timeout,
        sse_path=settings.base + SSE_MESSAGES,
        limits=limits_of(settings),
        address_of=peer_address,
        timing=Timing(drain=settings.grace),
        events=events,
        questions=store,
    )


def create_open_endpoint(settings: Settings, server: Server) -> StreamableHTTP:
    """For everybody who reaches it; nothing is kept."""
    return StreamableHTTP(
        server,
        None,
        sources=Sources().steady(),
        public_url=settings.public_url,
        allowed_origins=settings.allowed_origins,
        max_body_size=settings.max_body_size,
        body_timeout=settings.body_timeout,
        limits=limits_of(settings),
        address_of=peer_address,
        timing=Timing(drain=settings.grace),
    )


def add_endpoint(app: web.Application, endpoint: StreamableHTTP, settings: Settings) -> None:
    """At ``/mcp``, and where clients of 2024-11-05 look for it, where those are wanted.

    To be called after the application has the cleanup contexts of what the endpoint uses: it ends before them.
    """
    app.router.add_route("*", "/mcp", endpoint.handle)
    if settings.legacy_sse:
        # A stream has no headers without itself, so that there is no HEAD.
        app.router.add_get("/sse", endpoint.open_sse, allow_head=False)
        app.router.add_post(SSE_MESSAGES, endpoint.post_sse)
    endpoint.setup(app)


def bodies(settings: Settings, endpoint: StreamableHTTP | None = None) -> Middleware:
    """Bounds of the bodies of all requests to an application; its MCP endpoint refuses in its own words."""
    careful = () if endpoint is None else (endpoint.handle, endpoint.open_sse, endpoint.post_sse)
    return body_rules(max(settings.max_body_size, LARGEST_FORM), settings.body_timeout, careful=careful)


def limits_of(settings: Settings) -> Limits:
    """What callers may hold: at least several of the largest bodies, whatever their size is set to."""
    limits, largest = Limits(), settings.max_body_size
    received = Share(
        *(max(each, number * largest) for each, number in zip(astuple(limits.received), (4, 4, 8), strict=True))
    )
    streams, calls = (
        evolve(limits.streams, each=settings.streams_per_caller),
        evolve(limits.calls, each=settings.calls_per_caller),
    )
    listeners = evolve(limits.listeners, each=settings.streams_per_caller)
    return evolve(limits, listeners=listeners, streams=streams, calls=calls, received=received)
