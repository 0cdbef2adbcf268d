"""Request metadata headers, compared with the body (MCP 2026-07-28, Streamable HTTP: request metadata)."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable

from multidict import CIMultiDictProxy

from ...mcp.features import Tool
from ...mcp.protocol import HeaderMismatch, Request
from ...mcp.types import LARGEST_EXACT

Headers = CIMultiDictProxy[str]

_NAMED_BY = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
_SENTINEL = re.compile(r"=\?base64\?(.*)\?=")
# RFC 9110 section 5.5: visible ASCII, space and tab.
_VALUE = re.compile(r"[\x20-\x7e\t]*")
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}(?:\.0+)?")


def require_version(headers: Headers, version: str) -> None:
    """Raises HeaderMismatch unless the header names the version that the body names."""
    _require_equal("MCP-Protocol-Version", _require_one(headers, "MCP-Protocol-Version"), version)


def require_headers(request: Request, headers: Headers, *, tool: Tool | None) -> None:
    """Raises HeaderMismatch when a required header is missing, malformed, or differs from the body.

    With a ``tool``, the headers of its parameters are required too.
    """
    _require_equal("Mcp-Method", _require_one(headers, "Mcp-Method"), request.method)
    if request.method in _NAMED_BY:
        body = request.params.get(_NAMED_BY[request.method])
        _require_equal(
            "Mcp-Name", _decode("Mcp-Name", _require_one(headers, "Mcp-Name")), body if isinstance(body, str) else ""
        )
    if tool is not None:
        _require_parameters(tool, request.params.get("arguments"), headers)


def _require_one(headers: Headers, name: str) -> str:
    values = headers.getall(name, ())
    if len(values) != 1:
        raise HeaderMismatch(f"Header mismatch: {name} must be sent once.")
    if not _VALUE.fullmatch(values[0]):
        raise HeaderMismatch(f"Header mismatch: {name} holds characters that a header cannot.")
    return values[0].strip(" \t")


def _require_equal(name: str, header: str, body: str) -> None:
    if header != body:
        raise HeaderMismatch(f"Header mismatch: {name} header value {header!r} does not match body value {body!r}")


def _decode(name: str, value: str) -> str:
    """Decode ``=?base64?...?=``, which encodes values that a header cannot hold (value encoding).

    Raises HeaderMismatch for invalid Base64 or UTF-8.
    """
    encoded = _SENTINEL.fullmatch(value)
    if encoded is None:
        return value
    try:
        return b64decode(encoded[1], validate=True).decode("utf-8")
    except (Base64Error, ValueError) as error:
        raise HeaderMismatch(f"Header mismatch: {name} is not valid Base64 of UTF-8.") from error


def _require_parameters(tool: Tool, arguments: object, headers: Headers) -> None:
    """Server behavior for custom headers: present exactly when the argument is, with the same value.

    Raises HeaderMismatch.
    """
    for header, path in tool.headers.items():
        value = _at(arguments, path)
        if value is not None:
            _require_same(header, _decode(header, _require_one(headers, header)), value)
        elif header in headers:
            raise HeaderMismatch(f"Header mismatch: {header} is sent, but the argument {'.'.join(path)} is not.")


def _at(arguments: object, path: Iterable[str]) -> object:
    """The value at the exact path of properties, None when there is none (Streamable HTTP: schema extension)."""
    here = arguments
    for name in path:
        here = here.get(name) if isinstance(here, dict) else None
    return here


def _require_same(header: str, sent: str, value: object) -> None:
    """Raises HeaderMismatch when a header differs from the value of the argument.

    Integers are compared as numbers, so that 42.0 equals 42. Those beyond 2^53 - 1 are refused, because not every
    reader of the header represents them exactly.
    """
    if isinstance(value, bool):
        _require_equal(header, sent, "true" if value else "false")
    elif isinstance(value, int | float):
        if not _INTEGER.fullmatch(sent) or int(sent.partition(".")[0]) != value:
            raise HeaderMismatch(f"Header mismatch: {header} header value {sent!r} does not match body value {value}")
        if abs(value) > LARGEST_EXACT:
            raise HeaderMismatch(
                f"Header mismatch: {header} holds an integer beyond 2^53 - 1, which not everybody reads as the same "
                "number."
            )
    else:
        _require_equal(header, sent, str(value))
