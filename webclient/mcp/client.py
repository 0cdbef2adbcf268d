"""An MCP client over Streamable HTTP: revision 2026-07-28 first, the 2025 handshake for servers of before (MCP versioning)."""

import itertools
import json
from collections.abc import Callable, MutableMapping
from typing import Any

from attrs import define, field, frozen

from .. import __version__
from ..errors import ProtocolFailure
from ..fetcher import Fetcher
from ..trace import Notes, Trace
from .answers import UNSUPPORTED_VERSION, RpcError, StrangeAnswer, read_result
from .authorizer import Anonymous, Authorizer
from .endpoint import USING, Endpoint, Request, Step
from .host import Host, Silent
from .parameters import header_value, parameter_headers
from .tools import read_tools

MODERN = "2026-07-28"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26")
META = "io.modelcontextprotocol/"
MOST_PAGES = 20
Reader = Callable[[Notes, dict[str, Any]], None]


@frozen
class Server:
    """Who answered: the name it gives itself and the revision both speak."""

    name: str
    protocol: str


@define
class MCPClient:
    """One server at ``url``. ``timeout`` is for tool calls, in seconds; ``sessions`` keeps legacy session ids between operations, by integration id."""

    fetcher: Fetcher
    trace: Trace
    url: str
    client_name: str
    timeout: float
    sessions: MutableMapping[str, str]
    protocol: str = ""
    authorizer: Authorizer = field(factory=Anonymous)
    host: Host = field(factory=Silent)
    _ids: "itertools.count[int]" = field(factory=lambda: itertools.count(1), repr=False)

    @property
    def _endpoint(self) -> Endpoint:
        return Endpoint(self.fetcher, self.trace, self.url, self.authorizer)

    @property
    def _legacy(self) -> bool:
        return self.protocol in LEGACY

    @property
    def _me(self) -> dict[str, str]:
        return {"name": self.client_name, "version": __version__}

    def _headers(self, method: str, params: dict[str, Any]) -> dict[str, str]:
        """MCP 2026-07-28, Request Metadata; the older revisions want the version, and the session when there is one."""
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        session = self.sessions.get(self.trace.integration_id)
        if method == "initialize":
            return headers
        if self._legacy:
            return headers | {"MCP-Protocol-Version": self.protocol} | ({"Mcp-Session-Id": session} if session else {})
        named = {"Mcp-Name": header_value(params["name"])} if method == "tools/call" else {}
        return headers | {"MCP-Protocol-Version": MODERN, "Mcp-Method": method} | named

    def _params(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if self._legacy or method == "initialize":
            return params
        meta = {META + "protocolVersion": MODERN, META + "clientInfo": self._me, META + "clientCapabilities": self.host.capabilities}
        return {**params, "_meta": meta}

    def _request(self, message: dict[str, Any], headers: dict[str, str]) -> Request:
        """A tool may take its time; everything else is quick or broken."""
        method = message["method"]
        told = {"method": method, **{name: value for name, value in message.get("params", {}).items() if name != "_meta"}}
        timeout = self.timeout if method == "tools/call" else None
        return Request("POST", headers, json.dumps(message, ensure_ascii=False).encode(), told, timeout)

    async def _ask(self, step: Step, method: str, params: dict[str, Any], extra: dict[str, str] | None = None, *, read: Reader) -> dict[str, Any]:
        request_id = next(self._ids)
        headers = self._headers(method, params) | (extra or {})
        message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": self._params(method, params)}
        async with self._endpoint.send(self._request(message, headers), step) as (notes, stream):
            result = await read_result(stream, request_id)
            self._keep_session(method, stream.headers.get("Mcp-Session-Id"))
            read(notes, result)
            return result

    def _keep_session(self, method: str, session: str | None) -> None:
        """An empty id means that the handshake is done and the server wants no session."""
        if method == "initialize":
            usable = session and session.isascii() and session.isprintable() and len(session) <= 1024
            self.sessions[self.trace.integration_id] = session if session and usable else ""

    async def open(self) -> Server:
        """Find out who answers and what it speaks. Raises NeedsSignIn, NeedsScope, ProtocolFailure, Unreachable."""
        self.protocol = ""
        return await self._discover() or await self._handshake()

    async def _discover(self) -> Server | None:
        """None when the server is of before 2026-07-28 and wants the handshake."""

        def read(notes: Notes, result: dict[str, Any]) -> None:
            notes.receives({"supportedVersions": result.get("supportedVersions"), "serverInfo": _info(result), "capabilities": result.get("capabilities")})
            notes.meaning = "The server introduces itself: which revisions it speaks and what it can do."

        step = Step("Hello, who are you?", "MCP 2026-07-28, server/discover", authorized="Here is my token; who are you?")
        try:
            result = await self._ask(step, "server/discover", {}, read=read)
        except (RpcError, StrangeAnswer) as error:
            self._require_legacy(error)
            return None
        self.protocol = MODERN
        return Server(_server_name(_info(result)), MODERN)

    def _require_legacy(self, error: RpcError | StrangeAnswer) -> None:
        """MCP versioning: fall back on a refusal no modern server gives, or when the server says it only speaks older versions."""
        if isinstance(error, RpcError) and error.is_modern:
            if error.code == UNSUPPORTED_VERSION and set(error.supported) & set(LEGACY):
                return
            spoken = ", ".join(error.supported)
            raise ProtocolFailure(f"The server speaks only MCP {spoken}, which this client does not.") if spoken else error
        if isinstance(error, StrangeAnswer) and not 400 <= error.status < 500:
            raise error

    async def _handshake(self) -> Server:
        """MCP 2025-11-25, lifecycle: initialize, then the initialized notification."""
        rule = "MCP 2025-11-25, lifecycle"

        def read(notes: Notes, result: dict[str, Any]) -> None:
            version = result.get("protocolVersion")
            notes.receives({"protocolVersion": version, "serverInfo": result.get("serverInfo"), "capabilities": result.get("capabilities")})
            unknown = ProtocolFailure(f"The server wants to speak MCP {str(version)[:40]}, which this client does not.")
            notes.require(version in LEGACY, "Both speak the same revision", rule, unknown)
            notes.meaning = f"The server answers in revision {version} and introduces itself."

        wishes = {"protocolVersion": LEGACY[0], "capabilities": self.host.capabilities, "clientInfo": self._me}
        result = await self._ask(Step("Hello, in the older way", rule), "initialize", wishes, read=read)
        self.protocol = str(result["protocolVersion"])
        await self._initialized()
        return Server(_server_name(result.get("serverInfo")), self.protocol)

    async def _initialized(self) -> None:
        method = "notifications/initialized"
        request = self._request({"jsonrpc": "2.0", "method": method}, self._headers(method, {}))
        async with self._endpoint.send(request, Step("Ready", "MCP 2025-11-25, lifecycle")) as (notes, stream):
            if stream.status >= 300:
                raise StrangeAnswer(stream.status, "The server did not accept the end of the handshake.")
            notes.meaning = "The handshake is complete."

    async def list_tools(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Every page of tools, and what had to be left out. Raises as open() does."""
        values: list[Any] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._page({"cursor": cursor} if cursor else {})
            values += page.get("tools", []) if isinstance(page.get("tools"), list) else []
            cursor = page.get("nextCursor") if isinstance(page.get("nextCursor"), str) else None
            if not cursor:
                break
        return read_tools(values)

    async def _page(self, params: dict[str, Any]) -> dict[str, Any]:
        def read(notes: Notes, page: dict[str, Any]) -> None:
            tools = page.get("tools")
            if not isinstance(tools, list):
                raise ProtocolFailure("The server's list of tools is not a list.")
            names = [str(tool.get("name"))[:100] for tool in tools[:100] if isinstance(tool, dict)]
            notes.receives({"tools": ", ".join(names)})
            notes.meaning = f"The server offers {len(tools)} tool{'' if len(tools) == 1 else 's'}."

        return await self._with_session(Step("What can you do?", "MCP 2026-07-28, tools/list", USING), "tools/list", params, read=read)

    async def call_tool(self, tool: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        """The result as the server gave it. Raises as open() does."""

        def read(notes: Notes, result: dict[str, Any]) -> None:
            notes.receives({name: result.get(name) for name in ("content", "structuredContent", "isError")})
            if result.get("resultType") == "input_required":
                raise ProtocolFailure("The tool asks back for more input, which this client cannot give yet.")
            failed = result.get("isError") is True
            notes.outcome = "failed" if failed else "ok"
            notes.meaning = "The tool ran and says that it failed." if failed else "The tool ran and gave its result."

        name = str(tool["name"])
        extra = {} if self._legacy else parameter_headers(tool["inputSchema"], arguments)
        step = Step(f"Please do: {name[:60]}", "MCP 2026-07-28, tools/call", USING)
        return await self._with_session(step, "tools/call", {"name": name, "arguments": arguments}, extra, read=read)

    async def _with_session(self, step: Step, method: str, params: dict[str, Any], extra: dict[str, str] | None = None, *, read: Reader) -> dict[str, Any]:
        """MCP 2025-11-25, session management: a session the server has dropped is opened anew, once."""
        if self._legacy and self.trace.integration_id not in self.sessions:
            await self.open()
        held = self.sessions.get(self.trace.integration_id)
        try:
            return await self._ask(step, method, params, extra, read=read)
        except (StrangeAnswer, RpcError) as error:
            if error.status != 404 or not (self._legacy and held):
                raise
        await self._handshake()
        return await self._ask(step, method, params, extra, read=read)


def _info(result: dict[str, Any]) -> Any:
    meta = result.get("_meta")
    return meta.get(META + "serverInfo") if isinstance(meta, dict) else None


def _server_name(info: Any) -> str:
    named = (info.get("title") or info.get("name")) if isinstance(info, dict) else None
    return str(named)[:100] if named else ""
