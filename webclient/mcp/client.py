"""An MCP client over Streamable HTTP: revision 2026-07-28 first, the 2025 handshake for servers of before (MCP versioning)."""

import itertools
import json
from collections.abc import MutableMapping
from typing import Any

from attrs import define, field, frozen

from .. import __version__
from ..addresses import host_of
from ..errors import ProtocolFailure
from ..fetcher import Call, Fetcher
from ..trace import CLIENT, MCP, Notes, Trace
from .answers import UNSUPPORTED_VERSION, RpcError, StrangeAnswer, read_result, require_access
from .parameters import header_value, parameter_headers
from .tools import read_tools

MODERN = "2026-07-28"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26")
META = "io.modelcontextprotocol/"
MOST_PAGES = 20
KNOCKING, ENTERING, USING = "Knocking at the door", "Coming in with the token", "Using the tools"


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
    token: str | None = field(default=None, repr=False)
    _ids: "itertools.count[int]" = field(factory=lambda: itertools.count(1), repr=False)

    @property
    def _legacy(self) -> bool:
        return self.protocol in LEGACY

    @property
    def _chapter(self) -> str:
        return ENTERING if self.token else KNOCKING

    @property
    def _me(self) -> dict[str, str]:
        return {"name": self.client_name, "version": __version__}

    def _headers(self, method: str, params: dict[str, Any]) -> dict[str, str]:
        """MCP 2026-07-28, Request Metadata; the older revisions want the version, and the session when there is one."""
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
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
        meta = {META + "protocolVersion": MODERN, META + "clientInfo": self._me, META + "clientCapabilities": {}}
        return {**params, "_meta": meta}

    def _call(self, message: dict[str, Any], headers: dict[str, str]) -> Call:
        """A tool may take its time; everything else is quick or broken."""
        timeout = self.timeout if message["method"] == "tools/call" else None
        return Call("POST", self.url, host_of(self.url) or "", headers, json.dumps(message, ensure_ascii=False).encode(), timeout)

    async def _ask(self, notes: Notes, method: str, params: dict[str, Any], extra: dict[str, str] | None = None) -> dict[str, Any]:
        request_id = next(self._ids)
        headers = self._headers(method, params) | (extra or {})
        message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": self._params(method, params)}
        shown = {name: headers.get(name) for name in ("MCP-Protocol-Version", "Mcp-Session-Id", "Authorization", *(extra or {}))}
        notes.sends({"method": method, **params, **shown})
        async with self.fetcher.open(self._call(message, headers)) as stream:
            notes.status = stream.status
            notes.receives({"WWW-Authenticate": ", ".join(stream.headers.getall("WWW-Authenticate", [])) or None})
            result = await read_result(stream, request_id)
            self._keep_session(method, stream.headers.get("Mcp-Session-Id"))
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
        title = "Here is my token; who are you?" if self.token else "Hello, who are you?"
        async with self.trace.hop(CLIENT, MCP, self._chapter, title, method="POST", url=self.url, rule="MCP 2026-07-28, server/discover") as notes:
            notes.meaning = "The server wants to know who you are first: it asks for an access token." if not self.token else ""
            try:
                result = await self._ask(notes, "server/discover", {})
            except (RpcError, StrangeAnswer) as error:
                self._require_legacy(error)
                notes.outcome, notes.meaning = "info", "This server does not speak revision 2026-07-28, so the older handshake is tried."
                return None
            self.protocol = MODERN
            info = result.get("_meta", {}).get(META + "serverInfo") if isinstance(result.get("_meta"), dict) else None
            notes.receives({"supportedVersions": result.get("supportedVersions"), "serverInfo": info, "capabilities": result.get("capabilities")})
            notes.meaning = "The server introduces itself: which revisions it speaks and what it can do."
            return Server(_server_name(info), MODERN)

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
        title, rule = "Hello, in the older way", "MCP 2025-11-25, lifecycle"
        async with self.trace.hop(CLIENT, MCP, self._chapter, title, method="POST", url=self.url, rule=rule) as notes:
            result = await self._ask(notes, "initialize", {"protocolVersion": LEGACY[0], "capabilities": {}, "clientInfo": self._me})
            version = result.get("protocolVersion")
            notes.receives({"protocolVersion": version, "serverInfo": result.get("serverInfo"), "capabilities": result.get("capabilities")})
            unknown = ProtocolFailure(f"The server wants to speak MCP {str(version)[:40]}, which this client does not.")
            notes.require(version in LEGACY, "Both speak the same revision", rule, unknown)
            self.protocol = str(version)
            notes.meaning = f"The server answers in revision {version} and introduces itself."
        await self._initialized()
        return Server(_server_name(result.get("serverInfo")), self.protocol)

    async def _initialized(self) -> None:
        method = "notifications/initialized"
        async with self.trace.hop(CLIENT, MCP, self._chapter, "Ready", method="POST", url=self.url, rule="MCP 2025-11-25, lifecycle") as notes:
            notes.sends({"method": method})
            async with self.fetcher.open(self._call({"jsonrpc": "2.0", "method": method}, self._headers(method, {}))) as stream:
                notes.status = stream.status
                require_access(stream)
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
        async with self.trace.hop(CLIENT, MCP, USING, "What can you do?", method="POST", url=self.url, rule="MCP 2026-07-28, tools/list") as notes:
            page = await self._with_session(notes, "tools/list", params)
            tools = page.get("tools") if isinstance(page.get("tools"), list) else None
            if tools is None:
                raise ProtocolFailure("The server's list of tools is not a list.")
            names = [str(tool.get("name"))[:100] for tool in tools[:100] if isinstance(tool, dict)]
            notes.receives({"tools": ", ".join(names)})
            notes.meaning = f"The server offers {len(tools)} tool{'' if len(tools) == 1 else 's'}."
            return page

    async def call_tool(self, tool: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        """The result as the server gave it. Raises as open() does."""
        name = str(tool["name"])
        extra = {} if self._legacy else parameter_headers(tool["inputSchema"], arguments)
        rule = "MCP 2026-07-28, tools/call"
        async with self.trace.hop(CLIENT, MCP, USING, f"Please do: {name[:60]}", method="POST", url=self.url, rule=rule) as notes:
            result = await self._with_session(notes, "tools/call", {"name": name, "arguments": arguments}, extra)
            notes.receives({name: result.get(name) for name in ("content", "structuredContent", "isError")})
            if result.get("resultType") == "input_required":
                raise ProtocolFailure("The tool asks back for more input, which this client cannot give yet.")
            failed = result.get("isError") is True
            notes.outcome = "failed" if failed else "ok"
            notes.meaning = "The tool ran and says that it failed." if failed else "The tool ran and gave its result."
            return result

    async def _with_session(self, notes: Notes, method: str, params: dict[str, Any], extra: dict[str, str] | None = None) -> dict[str, Any]:
        """MCP 2025-11-25, session management: a session the server has dropped is opened anew, once."""
        held = self.sessions.get(self.trace.integration_id)
        try:
            return await self._ask(notes, method, params, extra)
        except (StrangeAnswer, RpcError) as error:
            if error.status != 404 or not (self._legacy and held):
                raise
        await self._handshake()
        return await self._ask(notes, method, params, extra)


def _server_name(info: Any) -> str:
    named = (info.get("title") or info.get("name")) if isinstance(info, dict) else None
    return str(named)[:100] if named else ""
