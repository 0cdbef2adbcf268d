"""Where a request comes from, for counting attempts; what proxies say of it is believed only of those that the operator named."""

from aiohttp import web

from mcpbase.guard.forwarding import address_of

from ...oauth.clients.authentication import Clients
from .service import SERVICE, SITE


def peer_address(request: web.Request) -> str:
    """The address of whoever speaks to the first proxy that is trusted, or to us when none stands between (setting ``trusted_proxies``)."""
    return address_of(request, request.app[SITE].settings.trusted_proxies)


def clients_for(request: web.Request) -> Clients:
    """The clients, as whoever sent the request may look for them: what that costs is counted by address."""
    return request.app[SERVICE].clients.for_visitor(peer_address(request))
