"""Where a request comes from, for counting attempts; what proxies say of it is believed only of those that the operator named."""

from aiohttp import web

from .forwarding import origin_address
from .service import SITE


def peer_address(request: web.Request) -> str:
    """The address of whoever speaks to the first proxy that is trusted, or to us when none stands between (setting ``trusted_proxies``)."""
    return origin_address(
        request.remote or "",
        request.app[SITE].settings.trusted_proxies,
        forwarded_for=request.headers.getall("X-Forwarded-For", []),
        forwarded=request.headers.getall("Forwarded", []),
    )
