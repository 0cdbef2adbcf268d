"""A foreign MCP server with its own authorization server, on a real port, with a switch for every lie it can tell."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field

from .proofs import read_proof

TOOLS: list[dict[str, Any]] = [
    {
        "name": "whoami",
        "description": "Says who you are.",
        "inputSchema": {"type": "object", "additionalProperties": False},
    },
    {
        "name": "add_note",
        "title": "Add a note",
        "description": "Writes a note down.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "text": {"type": "string", "description": "What to write"},
                "stars": {"type": "integer", "minimum": 0},
                "weight": {"type": "number"},
                "pinned": {"type": "boolean"},
                "colour": {"enum": ["red", "green", 3]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "nickname": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            },
            "required": ["text"],
        },
    },
    {
        "name": "list_notes",
        "inputSchema": {"type": "object", "properties": {"limit": {"type": "integer", "default": 10}}},
    },
    {"name": "fail", "inputSchema": {"type": "object"}},
    {"name": "refuse", "inputSchema": {"type": "object"}},
    {"name": "ask_back", "inputSchema": {"type": "object"}},
    {"name": "picture", "inputSchema": {"type": "object"}},
    {
        "name": "routed",
        "inputSchema": {
            "type": "object",
            "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
            "required": ["region"],
        },
    },
    {"name": "free_form", "inputSchema": {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}},
    {
        "name": "<script>alert(1)</script>",
        "description": "<img src=x onerror=alert(2)>",
        "inputSchema": {"type": "object"},
    },
    {"name": "broken", "inputSchema": {"type": "object", "properties": {"x": {"type": "number", "x-mcp-header": "X"}}}},
]


@define
class Lies:
    """What this server does differently from an honest one. The defaults are honest and modern."""

    open_door: bool = False
    legacy: bool = False
    legacy_sessions: bool = True
    legacy_version: str | None = "2025-11-25"
    only_version: str = ""
    sse: bool = False
    challenge: str | None = None
    no_resource_metadata: bool = False
    root_resource_metadata: bool = False
    resource: str | None = None
    issuers: list[str] | str | None = None
    no_issuer_metadata: bool = False
    nothing_at_the_origin: bool = False
    openid_only: bool = False
    issuer: Any = None
    without: frozenset[str] | set[str] = frozenset()
    pkce: list[str] | None = field(factory=lambda: ["S256"])
    authorization_endpoint: str | None = None
    extra_metadata: dict[str, Any] = field(factory=dict)
    no_registration: bool = False
    refuse_registration: bool = False
    refuse_kind: str = ""
    auth_methods: list[str] = field(factory=lambda: ["none"])
    registration_answer: dict[str, Any] = field(factory=dict)
    promises_iss: bool = True
    answers_iss: str | None = "honest"
    deny: str | None = None
    deny_description: str = ""
    no_code: bool = False
    token_error: str | None = None
    token_answer: dict[str, Any] = field(factory=dict)
    token_status: int = 200
    lifetime: int = 3600
    give_refresh: bool = True
    refresh_error: str | None = None
    withhold: frozenset[str] = frozenset({"notes:write"})
    endless_step_up: bool = False
    names_missing: bool = True
    names_held: frozenset[str] = frozenset()
    revoke_status: int = 200
    status: int = 0
    body: bytes | None = None
    redirect: str | None = None
    moved: dict[str, tuple[int, str]] = field(factory=dict)
    slow: float = 0
    held: asyncio.Event | None = None
    """Answers of the MCP endpoint wait for it."""
    hidden_behind_list: bool = False
    open_methods: frozenset[str] = frozenset()
    needs: dict[str, set[str]] = field(factory=dict)
    checks_clients: bool = False
    tools: list[dict[str, Any]] | Any = field(factory=lambda: list(TOOLS))
    page_size: int = 100
    header_mismatch_once: bool = False
    jwt: bool = True
    kicks_sessions: bool = False
    dpop: bool = False
    dpop_nonces: bool = False
    parrot: bool = False
    results: dict[str, dict[str, Any]] = field(factory=dict)


@define
class Seen:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@define
class Foreign:
    lies: Lies = field(factory=Lies)
    seen: list[Seen] = field(factory=list)
    clients: dict[str, dict[str, Any]] = field(factory=dict)
    codes: dict[str, dict[str, str]] = field(factory=dict)
    access: dict[str, set[str]] = field(factory=dict)
    refresh: dict[str, set[str]] = field(factory=dict)
    revoked: list[str] = field(factory=list)
    sessions: set[str] = field(factory=set)
    keys: dict[str, str] = field(factory=dict)
    proofs: set[str] = field(factory=set)
    key: str = ""
    fault: str = ""
    server: TestServer | None = None
    path: str = "/mcp"

    @property
    def origin(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def url(self) -> str:
        return self.origin + self.path

    doors: dict[str, Callable[[web.Request], Any]] = field(factory=dict)
    """What answers at a path instead, for lies that no switch has."""

    async def start(self) -> "Foreign":
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self.server = TestServer(app, host="127.0.0.1")
        await self.server.start_server()
        return self

    async def stop(self) -> None:
        assert self.server is not None
        await self.server.close()

    def asked(self, path: str) -> list[Seen]:
        return [each for each in self.seen if each.path == path]

    def methods(self) -> list[str]:
        """The JSON-RPC methods that arrived, in order."""
        return [each.json.get("method") for each in self.asked(self.path) if each.method == "POST"]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(Seen(request.method, request.path, dict(request.headers), await request.text()))
        routes: dict[str, Callable[[web.Request], Any]] = {
            self.path: self._mcp,
            "/.well-known/oauth-protected-resource" + self.path: self._resource,
            "/.well-known/oauth-protected-resource": self._root_resource,
            "/.well-known/oauth-authorization-server": self._issuer,
            "/.well-known/openid-configuration": self._openid,
            "/register": self._register,
            "/authorize": self._authorize,
            "/token": self._token,
            "/revoke": self._revoke,
        }
        if request.path in self.lies.moved:
            status, location = self.lies.moved[request.path]
            return web.Response(status=status, headers={"Location": location})
        handler = self.doors.get(request.path) or routes.get(request.path)
        if handler is None or (self.lies.nothing_at_the_origin and request.path != self.path):
            raise web.HTTPNotFound
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _resource(self, request: web.Request) -> web.Response:
        if self.lies.no_resource_metadata or self.lies.root_resource_metadata:
            raise web.HTTPNotFound
        return self._resource_document(self.url)

    async def _root_resource(self, request: web.Request) -> web.Response:
        if self.lies.no_resource_metadata or not self.lies.root_resource_metadata:
            raise web.HTTPNotFound
        return self._resource_document(self.origin)

    def _resource_document(self, resource: str) -> web.Response:
        servers = [self.origin] if self.lies.issuers is None else self.lies.issuers
        named = resource if self.lies.resource is None else self.lies.resource
        return self._document(
            {"resource": named, "authorization_servers": servers, "scopes_supported": ["profile", "notes:read"]}
        )

    def _document(self, members: dict[str, Any]) -> web.Response:
        return web.json_response(
            {name: value for name, value in members.items() if value is not None and name not in self.lies.without}
        )

    async def _issuer(self, request: web.Request) -> web.Response:
        if self.lies.no_issuer_metadata or self.lies.openid_only:
            raise web.HTTPNotFound
        return self._issuer_document()

    async def _openid(self, request: web.Request) -> web.Response:
        if self.lies.no_issuer_metadata:
            raise web.HTTPNotFound
        return self._issuer_document()

    def _issuer_document(self) -> web.Response:
        document = {
            "issuer": self.lies.issuer or self.origin,
            "authorization_endpoint": self.lies.authorization_endpoint or self.origin + "/authorize",
            "token_endpoint": self.origin + "/token",
            "revocation_endpoint": self.origin + "/revoke",
            "registration_endpoint": None if self.lies.no_registration else self.origin + "/register",
            "code_challenge_methods_supported": self.lies.pkce,
            "token_endpoint_auth_methods_supported": self.lies.auth_methods,
            "authorization_response_iss_parameter_supported": self.lies.promises_iss,
            "response_types_supported": ["code"],
            **self.lies.extra_metadata,
        }
        return self._document(document)

    async def _register(self, request: web.Request) -> web.Response:
        if self.lies.refuse_registration:
            return web.json_response(
                {"error": "invalid_redirect_uri", "error_description": "No loopback here."}, status=400
            )
        body = json.loads(self.seen[-1].body)
        if body["application_type"] == self.lies.refuse_kind:
            return web.json_response({"error": "invalid_redirect_uri"}, status=400)
        client_id = "client-" + secrets.token_hex(4)
        method = body["token_endpoint_auth_method"]
        secret = {} if method == "none" else {"client_secret": "s3cret/+ " + secrets.token_hex(4)}
        self.clients[client_id] = {**body, **secret}
        return web.json_response(
            {**body, "client_id": client_id, **secret, **self.lies.registration_answer}, status=201
        )

    async def _authorize(self, request: web.Request) -> web.Response:
        """Says yes at once: the person's click is made elsewhere."""
        query = request.query
        if self.lies.checks_clients and query["client_id"] not in self.clients:
            return web.Response(status=400, text="I do not know this client.")
        answer = {"state": query["state"]}
        if self.lies.answers_iss is not None:
            answer["iss"] = self.origin if self.lies.answers_iss == "honest" else self.lies.answers_iss
        if self.lies.deny:
            answer |= {"error": self.lies.deny} | (
                {"error_description": self.lies.deny_description} if self.lies.deny_description else {}
            )
        elif not self.lies.no_code:
            code = "code-" + secrets.token_hex(8)
            self.codes[code] = dict(query)
            answer["code"] = code
        raise web.HTTPFound(query["redirect_uri"] + "?" + urlencode(answer))

    async def _token(self, request: web.Request) -> web.Response:
        fault = self._proof_fault(request, None) if self.lies.dpop else ""
        if fault:
            return web.json_response({"error": fault}, status=400, headers={"DPoP-Nonce": "as-nonce"})
        return self._token_for(self.seen[-1].form)

    def _token_for(self, form: dict[str, str]) -> web.Response:
        if self.lies.token_error and self.lies.parrot:
            told = f"I do not like {form.get('code')} with {form.get('code_verifier')}."
            return web.json_response({"error": self.lies.token_error, "error_description": told}, status=400)
        if self.lies.token_error:
            return web.json_response(
                {"error": self.lies.token_error},
                status=400 if self.lies.token_status == 200 else self.lies.token_status,
            )
        if form["grant_type"] == "refresh_token":
            return self._refreshed(form)
        if form["grant_type"] != "authorization_code":
            return self._answer(set(form.get("scope", "").split()))
        asked = self.codes.pop(form["code"], None)
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        if asked is None or base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() != asked["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        scopes = set(asked.get("scope", "").split())
        granted = scopes - self.lies.withhold if not self.codes.get("consented") else scopes
        return self._answer(granted)

    def _refreshed(self, form: dict[str, str]) -> web.Response:
        if self.lies.refresh_error:
            return web.json_response({"error": self.lies.refresh_error}, status=400)
        scopes = self.refresh.pop(form["refresh_token"], None)
        return web.json_response({"error": "invalid_grant"}, status=400) if scopes is None else self._answer(scopes)

    def _answer(self, scopes: set[str]) -> web.Response:
        token = "opaque-" + secrets.token_hex(16)
        if self.lies.jwt:
            claims = {
                "iss": self.origin,
                "sub": "ada",
                "aud": self.url,
                "scope": " ".join(sorted(scopes)),
                "exp": 1800000000,
                "iat": 1790000000,
            }
            header = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"}
            payload = {**claims, "jti": secrets.token_hex(8)}
            token = f"{_part(header)}.{_part(payload)}.SIGNATURE{secrets.token_hex(8)}"
        self.access[token] = scopes
        self.keys[token] = self.key
        kind = "DPoP" if self.lies.dpop else "Bearer"
        body = {
            "access_token": token,
            "token_type": kind,
            "expires_in": self.lies.lifetime,
            "scope": " ".join(sorted(scopes)),
        }
        if self.lies.give_refresh:
            body["refresh_token"] = "refresh-" + secrets.token_hex(16)
            self.refresh[str(body["refresh_token"])] = scopes
        return web.json_response(
            {name: value for name, value in {**body, **self.lies.token_answer}.items() if value is not None}
        )

    async def _revoke(self, request: web.Request) -> web.Response:
        self.revoked.append(self.seen[-1].form["token"])
        return web.Response(status=self.lies.revoke_status)

    def _proof_fault(self, request: web.Request, token: str | None) -> str:
        """The error code, empty when the proof is as it should be (RFC 9449 section 4.3)."""
        url = self.origin + request.path
        try:
            self.key, claims = read_proof(request.headers.getall("DPoP", []), request.method, url, token)
        except ValueError:
            return "invalid_dpop_proof"
        if claims["jti"] in self.proofs:
            return "invalid_dpop_proof"
        self.proofs.add(claims["jti"])
        wanted = "as-nonce" if token is None else "rs-nonce"
        return "use_dpop_nonce" if self.lies.dpop_nonces and claims.get("nonce") != wanted else ""

    def _granted(self, request: web.Request) -> set[str] | None:
        if self.lies.dpop:
            token = request.headers.get("Authorization", "").removeprefix("DPoP ")
            self.fault = self._proof_fault(request, token)
            bound = token in self.access and not self.fault and self.keys[token] == self.key
            return self.access[token] if bound else None
        return self.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))

    def _challenge(self) -> web.Response:
        default = (
            f'Bearer resource_metadata="{self.origin}/.well-known/oauth-protected-resource{self.path}", '
            'scope="profile notes:read"'
        )
        header = default if self.lies.challenge is None else self.lies.challenge
        nonces = {}
        if self.lies.dpop:
            header = header.replace("Bearer ", 'DPoP algs="ES256", ')
        if self.fault == "use_dpop_nonce":
            header, nonces = header + ', error="use_dpop_nonce"', {"DPoP-Nonce": "rs-nonce"}
        return web.Response(status=401, headers={**({"WWW-Authenticate": header} if header else {}), **nonces})

    async def _mcp(self, request: web.Request) -> web.StreamResponse:
        if self.lies.held is not None:
            await self.lies.held.wait()
        if self.lies.slow:
            await asyncio.sleep(self.lies.slow)
        if self.lies.redirect:
            return web.Response(status=307, headers={"Location": self.lies.redirect})
        if self.lies.status or self.lies.body is not None:
            return web.Response(
                status=self.lies.status or 200, body=self.lies.body or b"", content_type="application/json"
            )
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        message = json.loads(self.seen[-1].body)
        gated = not self.lies.open_door and not (
            self.lies.hidden_behind_list and message["method"] == "server/discover"
        )
        if gated and message["method"] not in self.lies.open_methods and self._granted(request) is None:
            return self._challenge()
        needed = {"add_note": {"notes:write"}}.get(message.get("params", {}).get("name"), set()) | self.lies.needs.get(
            message["method"], set()
        )
        if (
            not self.lies.open_door
            and needed
            and (self.lies.endless_step_up or not needed <= (self._granted(request) or set()))
        ):
            wanted = " ".join(sorted(needed | self.lies.names_held)) if self.lies.names_missing else ""
            header = f'Bearer error="insufficient_scope", scope="{wanted}", resource_metadata="{self.origin}/x"'
            return web.Response(status=403, headers={"WWW-Authenticate": header})
        return await (self._old(request, message) if self.lies.legacy else self._new(request, message))

    async def _new(self, request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        if self.lies.only_version:
            data = {"supported": [self.lies.only_version], "requested": "2026-07-28"}
            return self._error(message, -32022, "Unsupported protocol version", data=data)
        if (
            request.headers.get("Mcp-Method") != message["method"]
            or message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] != "2026-07-28"
        ):
            return self._error(message, -32020, "Header mismatch")
        return await self._do(request, message)

    async def _old(self, request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        method, session = message["method"], request.headers.get("Mcp-Session-Id", "")
        if method == "initialize":
            name = secrets.token_hex(8)
            self.sessions.add(name)
            result: dict[str, Any] = {
                "protocolVersion": self.lies.legacy_version,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "old-timer", "version": "1"},
            }
            headers = {"Mcp-Session-Id": name} if self.lies.legacy_sessions else {}
            return await self._result(request, message, result, headers)
        if self.lies.legacy_sessions and session not in self.sessions:
            return web.Response(status=404 if session else 400, text="Bad Request: Missing session ID")
        if method == "server/discover":
            return web.Response(status=400, text="no such method")
        if method == "notifications/initialized":
            return web.Response(status=202)
        return await self._do(request, message)

    def _error(
        self, message: dict[str, Any], code: int, text: str, status: int = 400, data: Any = None
    ) -> web.Response:
        return web.json_response(
            {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": code, "message": text, "data": data}},
            status=status,
        )

    async def _do(self, request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        method, params = message["method"], message["params"]
        if method == "server/discover":
            meta = {
                "io.modelcontextprotocol/serverInfo": {"name": "foreign", "title": "The foreign server", "version": "1"}
            }
            return await self._result(
                request, message, {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "_meta": meta}
            )
        if method == "tools/list":
            start = int(params.get("cursor", 0))
            if not isinstance(self.lies.tools, list):
                return await self._result(request, message, {"tools": self.lies.tools})
            page = {"tools": self.lies.tools[start : start + self.lies.page_size]}
            more = (
                {"nextCursor": str(start + self.lies.page_size)}
                if start + self.lies.page_size < len(self.lies.tools)
                else {}
            )
            return await self._result(request, message, page | more)
        return await self._tool(request, message, params["name"], params["arguments"])

    async def _tool(
        self, request: web.Request, message: dict[str, Any], name: str, arguments: dict[str, Any]
    ) -> web.StreamResponse:
        if self.lies.header_mismatch_once:
            self.lies.header_mismatch_once = False
            return self._error(message, -32020, "Header mismatch")
        if name == "refuse":
            return self._error(message, -32602, "I will not do that.", status=200)
        if self.lies.parrot:
            heard = request.headers.get("Authorization", "")
            said = {
                "type": "text",
                "text": f"You said {heard}, and {heard.removeprefix('Bearer ')} again, as in ?x={heard[7:]}&y=1.",
            }
            return await self._result(
                request, message, {"content": [said], "structuredContent": {"heard": [{"header": heard}], heard[7:]: 1}}
            )
        text = {"type": "text", "text": "Done: " + json.dumps(arguments, sort_keys=True)}
        picture = {"type": "image", "mimeType": "image/png", "data": base64.b64encode(b"\x89PNG").decode()}
        results: dict[str, dict[str, Any]] = {
            "whoami": {"content": [{"type": "text", "text": '{"name": "Ada"}'}], "structuredContent": {"name": "Ada"}},
            "list_notes": {
                "structuredContent": {
                    "notes": [{"id": 1, "text": "<b>bold</b>", "pinned": True}, {"id": 2, "text": "two", "tags": ["x"]}]
                }
            },
            "fail": {"content": [{"type": "text", "text": "The notebook is full."}], "isError": True},
            "ask_back": {"resultType": "input_required", "inputRequests": {}},
            "picture": {
                "content": [
                    picture,
                    {**picture, "mimeType": "image/svg+xml"},
                    {"type": "resource_link", "uri": "note:1", "name": "One"},
                ]
            },
        }
        return await self._result(request, message, {**results, **self.lies.results}.get(name, {"content": [text]}))

    async def _result(
        self,
        request: web.Request,
        message: dict[str, Any],
        result: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> web.StreamResponse:
        reply = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        if not self.lies.sse:
            return web.json_response(reply, headers=headers)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **(headers or {})})
        await stream.prepare(request)
        progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {}}
        await stream.write(
            b": hello\r\n\r\nid: 1\ndata:\n\n"
            + f"event: message\ndata: {json.dumps(progress)}\n\ndata: {json.dumps(reply)}\n\n".encode()
        )
        return stream
