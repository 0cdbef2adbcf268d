"""The address that a request comes from, for limits on attempts."""

from aiohttp import web

from mcpbase.guard import address_of

from .parts import SITE


def peer_address(request: web.Request) -> str:
    """The peer of the first trusted proxy, or the peer of this server when there is none (setting
    ``trusted_proxies``).
    """
    return address_of(request, request.app[SITE].settings.trusted_proxies)
