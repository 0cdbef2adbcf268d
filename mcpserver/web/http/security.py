"""What every answer carries, and which Host we answer to."""

from collections.abc import Awaitable, Callable
from functools import cache
from urllib.parse import urlsplit

from aiohttp import web

from mcpbase.serving import sign

from .parts import SITE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NAME = "mcpserver"
"""What every answer says that it comes from."""
HEALTH = "/healthz"
_HSTS = {"host": "max-age=31536000", "subdomains": "max-age=31536000; includeSubDomains"}
"""By the setting ``hsts``: the operator alone knows what stands beside this host."""

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@web.middleware
async def known_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only to the public URL's host: a name that somebody points here by DNS gets nothing (MCP security best
    practices).

    But for the probe of health, which load balancers send to an IP address and which tells nobody anything.
    """
    site = request.app[SITE]
    known = request.headers.get("Host", "").lower() in hosts_of(site.settings.public_url)
    if not known and request.path.removeprefix(site.settings.base) != HEALTH:
        message = site.proxies.misdirected(request, now=site.sources.monotonic())
        return web.json_response(
            {"error": "misdirected_request", "error_description": message},
            status=421,
            headers={"Cache-Control": "no-store"},
        )
    if known:
        site.proxies.look(request)
    return await handler(request)


@cache
def hosts_of(public_url: str) -> frozenset[str]:
    """The Host values that mean this server; for loopback every name of it, with the same port."""
    parts = urlsplit(public_url)
    port = f":{parts.port}" if parts.port else ""
    host = parts.netloc.removesuffix(port)
    names = _LOOPBACK if host in _LOOPBACK else (host,)
    default = {name for name in names if not port} | {
        f"{name}:{'443' if parts.scheme == 'https' else '80'}" for name in names if not port
    }
    return frozenset({f"{name}{port}" for name in names} | default)


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """For ``on_response_prepare`` (ASVS 3.4)."""
    sign(response, NAME)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    settings = request.app[SITE].settings
    if settings.secure and settings.hsts != "off":
        response.headers.setdefault("Strict-Transport-Security", _HSTS[settings.hsts])
