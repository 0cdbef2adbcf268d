"""Bodies as the OAuth endpoints take them."""

from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from mcpbase.bounded import TooLarge, read_bounded
from mcpbase.json_bounds import TooManyParts, Unreadable, require_bounded

from ...oauth.protocol import InvalidClientMetadata, InvalidRequest, Parameters

MAX_SIZE = 65536
"""Bytes of a form or a registration; real ones are a hundredth of that."""
MOST_PARTS = 5_000
"""Values and names of a registration (see ``json_bounds``): twenty redirect addresses and twenty keys have a tenth
of that.
"""
_MAX_FIELDS = 100


async def read_form(request: web.Request) -> Parameters:
    """OAuth 2.1 section 3.2.2: a form, and nothing else. Raises InvalidRequest."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise InvalidRequest("Send the parameters as application/x-www-form-urlencoded.")
    return Parameters(_pairs(await read_body(request)))


def query_parameters(request: web.Request) -> Parameters:
    """The query's parameters. Raises InvalidRequest."""
    return Parameters(_pairs(request.rel_url.raw_query_string.encode("utf-8", "surrogateescape")))


async def read_json(request: web.Request) -> object:
    """RFC 7591 section 3.1: a JSON document. Raises InvalidClientMetadata."""
    if request.content_type != "application/json":
        raise InvalidClientMetadata("Send the registration as application/json.")
    try:
        body = await read_body(request)
        require_bounded(body, MOST_PARTS)
        return msgspec.json.decode(body)
    except TooManyParts as error:
        raise InvalidClientMetadata("The registration has more to it than any real one.") from error
    except (msgspec.DecodeError, Unreadable, UnicodeDecodeError, RecursionError) as error:
        raise InvalidClientMetadata("The registration is not valid JSON.") from error


async def read_body(request: web.Request, *, max_size: int = MAX_SIZE) -> bytes:
    """At most ``max_size`` bytes. Raises HTTPRequestEntityTooLarge."""
    try:
        return await read_bounded(request.content, max_size)
    except TooLarge:
        raise web.HTTPRequestEntityTooLarge(max_size=max_size, actual_size=max_size + 1) from None


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError as error:
        raise InvalidRequest(
            "The parameters are malformed: they must be form-encoded UTF-8, at most 100 of them."
        ) from error
