"""Origins of web pages that may call: Origin validation and CORS (MCP 2026-07-28, Streamable HTTP: security)."""

from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web
from attrs import frozen

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_EXPOSED = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, DPoP-Nonce"
_ALLOWED = (
    "Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, "
    "Last-Event-ID, DPoP"
)


@frozen
class Origins:
    """The allowed origins, such as ``https://app.example``; ``*`` admits every origin."""

    allowed: frozenset[str]

    @classmethod
    def of(cls, public_url: str | None, allowed: Collection[str]) -> "Origins":
        """The server's own origin, under every loopback name if it is loopback, and those that the operator allows."""
        return cls(frozenset({*allowed, *(_same(public_url) if public_url else ())}))

    def admits(self, origin: str | None) -> bool:
        """Whether a request may have this Origin header; None is admitted, because web pages always send one."""
        return origin is None or "*" in self.allowed or origin in self.allowed

    def headers(self, origin: str | None) -> dict[str, str]:
        if origin is None:
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED, "Vary": "Origin"}

    def preflight(self, request: web.Request) -> web.Response:
        """Answer a preflight (Fetch: CORS-preflight request).

        Tools choose the names that begin with ``Mcp-Param-``, so that all such headers are allowed as requested.
        """
        asked = [name.strip() for name in request.headers.get("Access-Control-Request-Headers", "").split(",")]
        parameters = sorted(name for name in asked if name.lower().startswith("mcp-param-"))
        headers = {
            "Access-Control-Allow-Methods": "POST, GET, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": ", ".join([_ALLOWED, *parameters]),
            "Access-Control-Max-Age": "7200",
        }
        return web.Response(status=204, headers={**self.headers(request.headers.get("Origin")), **headers})


def origin_of(url: str) -> str:
    """Scheme, host and port of an address (RFC 6454)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _same(public_url: str) -> set[str]:
    parts = urlsplit(public_url)
    host = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    if host not in _LOOPBACK:
        return {origin_of(public_url)}
    port = f":{parts.port}" if parts.port else ""
    return {f"{parts.scheme}://{name}{port}" for name in _LOOPBACK}
