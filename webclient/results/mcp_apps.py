"""Pages that servers provide for tools, and the policy that confines them (MCP Apps, revision 2026-01-26)."""

import base64
import binascii
import re

from attrs import frozen

from ..errors import FlowError
from ..json_text import JsonObject
from ..wire import ReadResourceResult, Tool

MIME_TYPE = "text/html;profile=mcp-app"
REVISION = "2026-01-26"
LARGEST, MOST_ORIGINS = 4 * 1024 * 1024, 50
ORIGIN = re.compile(r"(https|wss)://(\*\.)?[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*(:[0-9]{1,5})?")
SANDBOX = "allow-scripts allow-forms"
"""The sandbox flags. Without allow-same-origin the page has an opaque origin, without access to any data."""


class NoApp(FlowError):
    """The server's resource is not a page that can be shown."""


def app_of(tool: Tool) -> str:
    """The ui:// URI that a tool names for its page; empty when it has none."""
    meta = tool.get("_meta", {})
    ui = meta.get("ui")
    uri = (ui.get("resourceUri") if isinstance(ui, dict) else None) or meta.get("ui/resourceUri")
    return uri if isinstance(uri, str) and uri.startswith("ui://") and len(uri) <= 2000 else ""


def may_be_called(tool: Tool) -> bool:
    """Whether a page of the same server may call this tool, which a ``visibility`` without ``app`` forbids."""
    ui = tool.get("_meta", {}).get("ui")
    visible = ui.get("visibility") if isinstance(ui, dict) else None
    return "app" in visible if isinstance(visible, list) else True


@frozen
class Page:
    """A tool's page. ``policy`` is the Content-Security-Policy that it is served with."""

    html: str
    policy: str


def _origins(csp: JsonObject, name: str) -> str:
    """The origins that a page declared under ``name``, joined for a policy; all but https and wss origins are left
    out.
    """
    listed = csp.get(name)
    return (
        " ".join(each for each in listed[:MOST_ORIGINS] if isinstance(each, str) and ORIGIN.fullmatch(each))
        if isinstance(listed, list)
        else ""
    )


def policy_of(content: JsonObject) -> str:
    """The Content-Security-Policy (CSP level 3) of a page.

    It allows only what the page contains and what its resource declares (MCP Apps, McpUiResourceCsp).
    """
    meta = content.get("_meta")
    ui = meta.get("ui") if isinstance(meta, dict) else None
    declared = ui.get("csp") if isinstance(ui, dict) else None
    csp = declared if isinstance(declared, dict) else {}
    static = _origins(csp, "resourceDomains")
    connect, frames, bases = (
        _origins(csp, name) or "'none'" for name in ("connectDomains", "frameDomains", "baseUriDomains")
    )
    rules = [
        "default-src 'none'",
        f"script-src 'unsafe-inline' {static}",
        f"style-src 'unsafe-inline' {static}",
        f"img-src data: {static}",
        f"font-src data: {static}",
        f"media-src data: {static}",
        f"connect-src {connect}",
        f"frame-src {frames}",
        f"base-uri {bases}",
        "form-action 'none'",
        "frame-ancestors 'self'",
        f"sandbox {SANDBOX}",
    ]
    return "; ".join(rule.strip() for rule in rules)


def page_of(result: ReadResourceResult, uri: str) -> Page:
    """The page at ``uri`` in the result of resources/read. Raises NoApp when it is missing or cannot be shown."""
    found = [each for each in result["contents"] if isinstance(each, dict) and each.get("uri", uri) == uri]
    if not found:
        raise NoApp("The server names a page for this tool, but the page does not exist.")
    content = found[0]
    if not str(content.get("mimeType", "")).replace(" ", "").lower().startswith(MIME_TYPE):
        raise NoApp(f"The server's page for this tool does not have the type {MIME_TYPE}, so it is not shown.")
    return Page(_html(content), policy_of(content))


def _html(content: JsonObject) -> str:
    text = content.get("text")
    if not isinstance(text, str):
        try:
            text = base64.b64decode(content.get("blob", ""), validate=True).decode()
        except (binascii.Error, TypeError, ValueError):
            raise NoApp("The server's page for this tool cannot be read.") from None
    if len(text) > LARGEST:
        raise NoApp("The server's page for this tool is too large to be shown.")
    return text
