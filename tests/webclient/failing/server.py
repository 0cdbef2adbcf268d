"""A plain server of revision 2025-11-25 with an authorization server beside it.

It works; each failure changes one thing about it.
"""

import base64
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from attrs import define, field

Door = Callable[[web.Request], Awaitable[web.StreamResponse]]
Method = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
METADATA, ISSUER, OPENID = (
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
)
ADD = {
    "name": "add",
    "description": "Adds.",
    "inputSchema": {"type": "object", "properties": {"a": {"type": "integer"}}},
}


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def web_page(title: str, status: int = 200, **headers: str) -> Door:
    async def door(request: web.Request) -> web.Response:
        return web.Response(
            text=f"<!doctype html><title>{title}</title><h1>{title}</h1>",
            status=status,
            content_type="text/html",
            headers=headers,
        )

    return door


def words(text: str, status: int, **headers: str) -> Door:
    async def door(request: web.Request) -> web.Response:
        return web.Response(text=text, status=status, headers=headers)

    return door


def document(value: Any, status: int = 200, **headers: str) -> Door:
    async def door(request: web.Request) -> web.Response:
        return web.json_response(value, status=status, headers=headers)

    return door


def result(value: Any) -> Method:
    async def method(request: web.Request, message: dict[str, Any]) -> web.Response:
        return web.json_response({"jsonrpc": "2.0", "id": message.get("id"), "result": value})

    return method


def error(code: int, sentence: str, status: int = 200, *, own_id: bool = True) -> Method:
    async def method(request: web.Request, message: dict[str, Any]) -> web.Response:
        told = message.get("id") if own_id else "server-error"
        return web.json_response(
            {"jsonrpc": "2.0", "id": told, "error": {"code": code, "message": sentence}}, status=status
        )

    return method


def whatever(door: Door) -> Method:
    """The same for every message."""
    return lambda request, message: door(request)


@define
class Server:
    """``doors`` and ``methods`` replace what answers at a path or to a message; the documents may be changed as one
    likes. ``open`` asks for no token.
    """

    origin: str
    open: bool = False
    doors: dict[str, Door] = field(factory=dict)
    methods: dict[str, Method] = field(factory=dict)
    metadata: dict[str, Any] = field(factory=dict)
    issuer: dict[str, Any] = field(factory=dict)
    claims: dict[str, Any] = field(factory=dict)
    token: dict[str, Any] = field(factory=dict)
    registration: dict[str, Any] = field(factory=dict)
    redirect: dict[str, str] = field(factory=dict)
    greeting: dict[str, Any] = field(factory=dict)
    headers: dict[str, str] = field(factory=dict)
    refusal: dict[str, str] = field(factory=dict)
    challenge: str = ""
    refuses: bool = False
    opaque: bool = False
    tokens: set[str] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        o, now = self.origin, int(time.time())
        self.metadata |= {"resource": self.url, "authorization_servers": [o], "scopes_supported": ["read"]}
        self.issuer |= {
            name: f"{o}/{name.partition('_')[0]}"
            for name in ("authorization_endpoint", "token_endpoint", "registration_endpoint")
        }
        self.issuer |= {
            "issuer": o,
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["read"],
        }
        self.issuer |= {
            "token_endpoint_auth_methods_supported": ["none"],
            "registration_endpoint": f"{o}/register",
            "authorization_endpoint": f"{o}/authorize",
        }
        self.claims |= {"iss": o, "sub": "u1", "aud": self.url, "exp": now + 3600, "iat": now, "scope": "read"}
        self.token |= {"token_type": "Bearer", "expires_in": 3600, "scope": "read"}
        self.greeting |= {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "trial", "version": "1"},
        }
        self.challenge = f'Bearer resource_metadata="{o}{METADATA}"'
        self.methods |= {"server/discover": error(-32601, "Method not found"), "tools/list": result({"tools": [ADD]})}

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        own = {
            "/mcp": self.mcp,
            METADATA: document(self.metadata),
            ISSUER: document(self.issuer),
            "/register": self.register,
        }
        doors: dict[str, Door] = {**own, "/authorize": self.authorize, "/token": self.trade, **self.doors}
        return await doors.get(request.path, words("404: Not Found", 404))(request)

    async def register(self, request: web.Request) -> web.Response:
        return web.json_response({**(await request.json()), "client_id": "c-1", **self.registration}, status=201)

    async def authorize(self, request: web.Request) -> web.Response:
        answer = {"state": request.query["state"], "code": secrets.token_hex(8), **self.redirect}
        query = "&".join(f"{name}={value}" for name, value in answer.items() if value)
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{query}")

    async def trade(self, request: web.Request) -> web.Response:
        jwt = f"{part({'alg': 'ES256', 'typ': 'at+jwt'})}.{part(self.claims)}.c2lnbmF0dXJl{secrets.token_hex(8)}"
        token = f"opq-{secrets.token_hex(16)}" if self.opaque else jwt
        self.tokens.add(token)
        return web.json_response(
            {name: value for name, value in {"access_token": token, **self.token}.items() if value is not None}
        )

    def unauthorized(self, **parameters: str) -> web.Response:
        told = "".join(f', {name}="{value}"' for name, value in parameters.items())
        return web.json_response(
            {"error": "unauthorized"},
            status=401,
            headers={"WWW-Authenticate": self.challenge + told} if self.challenge else {},
        )

    async def mcp(self, request: web.Request) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not self.open and (scheme.lower() != "bearer" or token not in self.tokens):
            return self.unauthorized()
        if self.refuses:
            return self.unauthorized(error="invalid_token", **self.refusal)
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        message = await request.json()
        method = message.get("method")
        if method in self.methods:
            return await self.methods[method](request, message)
        if method == "initialize":
            return web.json_response(
                {"jsonrpc": "2.0", "id": message["id"], "result": self.greeting}, headers=self.headers
            )
        return (
            web.Response(status=202)
            if "id" not in message
            else await error(-32601, "Method not found")(request, message)
        )
