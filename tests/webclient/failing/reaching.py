"""Servers that are reached and do not speak MCP, or not at this address."""

import json
from typing import Any

from aiohttp import web

from .catalogue import reads
from .server import Server, document, error, result, web_page, whatever, words


@reads("The server redirects", "/login")
def login_302(s: Server) -> None:
    s.doors["/mcp"] = words("", 302, Location="/login?next=/mcp")


@reads("The server redirects", "https://127.0.0.1")
def http_to_https(s: Server) -> None:
    s.doors["/mcp"] = words("", 301, Location=s.url.replace("http:", "https:"))


@reads("The server redirects", "/mcp/")
def slash_307(s: Server) -> None:
    s.doors["/mcp"] = words("", 307, Location=s.url + "/")


@reads("The server failed", "502")
def bad_gateway(s: Server) -> None:
    s.doors["/mcp"] = web_page("502 Bad Gateway", 502)


@reads("browser", "403", never=("The server refuses this client",))
def cloudflare(s: Server) -> None:
    s.doors["/mcp"] = web_page("Just a moment...", 403, **{"cf-mitigated": "challenge", "Server": "cloudflare"})


@reads("403", "The server refuses this client")
def waf_post_403(s: Server) -> None:
    s.doors["/mcp"] = document({"message": "Forbidden"}, 403, **{"x-amzn-errortype": "ForbiddenException"})


@reads("Invalid Origin header")
def cors_origin(s: Server) -> None:
    s.doors["/mcp"] = words("Invalid Origin header", 403)


@reads("Invalid Host header")
def host_421(s: Server) -> None:
    s.doors["/mcp"] = words("Invalid Host header", 421)


@reads("There is no MCP endpoint at this address", never=("Often it is /mcp",))
def mcp_404(s: Server) -> None:
    s.doors["/mcp"] = words("404: Not Found", 404)


@reads("There is no MCP endpoint at this address", never=("Often it is /mcp",))
def mcp_at_root(s: Server) -> None:
    s.doors["/mcp"] = web_page("Cannot POST /mcp", 404)


@reads("The server does not accept POST")
def get_only(s: Server) -> None:
    s.doors["/mcp"] = words("405: Method Not Allowed", 405, Allow="GET")


@reads("The server refuses the media types of MCP", "Client must accept text/event-stream")
def accept_406(s: Server) -> None:
    told = "Not Acceptable: Client must accept text/event-stream"
    s.doors["/mcp"] = document(
        {"jsonrpc": "2.0", "id": "server-error", "error": {"code": -32600, "message": told}}, 406
    )


@reads("Please log in")
def ok_unauthorized(s: Server) -> None:
    s.doors["/mcp"] = document({"error": "unauthorized", "message": "Please log in"})


@reads("The response is empty")
def empty_200(s: Server) -> None:
    s.doors["/mcp"] = words("", 200)


@reads("KeyError 'DATABASE_URL'")
def init_error(s: Server) -> None:
    s.open = True
    s.methods["initialize"] = error(-32603, "Internal error: KeyError 'DATABASE_URL'", 500)


@reads("text/plain")
def text_plain(s: Server) -> None:
    async def plain(request: web.Request, message: dict[str, Any]) -> web.Response:
        return web.Response(text=json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": s.greeting}))

    s.open = True
    s.methods["initialize"] = plain


@reads("The response is not compressed as it claims")
def gzip_lie(s: Server) -> None:
    async def lie(request: web.Request) -> web.Response:
        return web.Response(
            body=b'{"jsonrpc": "2.0"}', headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
        )

    s.doors["/mcp"] = lie


@reads("The response is incomplete")
def cut_short(s: Server) -> None:
    async def less(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "900"})
        await answer.prepare(request)
        await answer.write(b'{"jsonrpc": "2.0"')
        assert request.transport
        request.transport.close()
        return answer

    s.doors["/mcp"] = less


@reads('returned the id of the request as a string ("')
def id_string(s: Server) -> None:
    async def other(request: web.Request, message: dict[str, Any]) -> web.Response:
        return web.json_response({"jsonrpc": "2.0", "id": str(message["id"]), "result": s.greeting})

    s.open = True
    s.methods["initialize"] = other


@reads("names no revision")
def no_protocol_version(s: Server) -> None:
    s.open = True
    del s.greeting["protocolVersion"]


@reads("The client and the server support no common revision of MCP", "1.0.0")
def init_future(s: Server) -> None:
    s.open = True
    s.greeting["protocolVersion"] = "1.0.0"


@reads("The server did not accept the message (status 500)", "The server failed")
def notif_500(s: Server) -> None:
    s.open = True
    s.methods["notifications/initialized"] = whatever(words("Internal Server Error", 500))


@reads("session", never=("There is no MCP endpoint at this address",))
def session_lost(s: Server) -> None:
    s.open = True
    s.headers["Mcp-Session-Id"] = "s1"
    s.methods["tools/list"] = error(-32001, "Session not found", 404, own_id=False)


@reads("session", never=("There is no MCP endpoint at this address",))
def session_404_html(s: Server) -> None:
    s.open = True
    s.headers["Mcp-Session-Id"] = "s1"
    s.methods["tools/list"] = whatever(web_page("404 Not Found", 404))


@reads("Missing session ID", never=("The server does not accept POST",))
def session_required(s: Server) -> None:
    s.open = True
    for method in ("server/discover", "initialize"):
        s.methods[method] = error(-32600, "Bad Request: Missing session ID", 400, own_id=False)


@reads("connection to database refused")
def tools_error(s: Server) -> None:
    s.open = True
    s.methods["tools/list"] = error(-32603, "Internal error: connection to database refused")


@reads("The server failed", "500")
def tools_500_html(s: Server) -> None:
    s.methods["tools/list"] = whatever(web_page("500 Internal Server Error", 500))


@reads("list of tools is not a list")
def tools_not_list(s: Server) -> None:
    s.open = True
    s.methods["tools/list"] = result({"tools": {"add": {}}})


@reads(
    "Done",
    "none is not listed: it has no inputSchema",
    "slip is not listed: it has input_schema instead of inputSchema",
)
def bad_schemas(s: Server) -> None:
    s.open = True
    good = {"name": "add", "inputSchema": {"type": "object"}}
    s.methods["tools/list"] = result(
        {"tools": [good, {"name": "none"}, {"name": "slip", "input_schema": {"type": "object"}}]}
    )


@reads("Done", "this same page as the next one", never=("matches none of the causes",))
def cursor_loop(s: Server) -> None:
    s.open = True
    s.methods["tools/list"] = result(
        {"tools": [{"name": "add", "inputSchema": {"type": "object"}}], "nextCursor": "next"}
    )


@reads("text/event-stream")
def stream_without_its_type(s: Server) -> None:
    async def typeless(request: web.Request, message: dict[str, Any]) -> web.Response:
        return web.Response(
            text=f'event: message\ndata: {{"jsonrpc":"2.0","id":{message["id"]},"result":{{"tools":[]}}}}\n\n',
            content_type="application/json",
        )

    s.open = True
    s.methods["tools/list"] = typeless


@reads("The stream ended without a response")
def sse_cut(s: Server) -> None:
    async def cut(request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(
            b'data: {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": '
            b'"working"}}\n\n'
        )
        return answer

    s.open = True
    s.methods["tools/list"] = cut


@reads(
    "The server names another host for its messages",
    "http://backend:8000/messages",
    never=("The server does not accept POST",),
)
def foreign_endpoint(s: Server) -> None:
    async def oldest(request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            return web.Response(status=405)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(b"event: endpoint\ndata: http://backend:8000/messages?session=1\n\n")
        return answer

    s.doors["/mcp"] = oldest


@reads("The server loses its sessions")
def session_lost_at_once(s: Server) -> None:
    s.open = True
    s.headers["Mcp-Session-Id"] = "s1"
    s.methods["notifications/initialized"] = error(-32001, "Session not found", 404, own_id=False)
