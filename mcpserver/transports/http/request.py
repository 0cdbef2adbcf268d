"""One HTTP request to the MCP endpoint, with the header values that all layers need, parsed once."""

from functools import lru_cache

from aiohttp import web
from attrs import define, frozen

from ...mcp.protocol import Holder
from ...principal import User


@frozen
class Accept:
    """The kinds of answers that a client accepts (RFC 9110 section 12.5.1, without weights)."""

    json: bool = True
    stream: bool = True


@define(eq=False)
class EndpointRequest:
    """An HTTP request and its caller, None on a server without sign-in and for callers without a token.

    ``headers`` are added to every answer, ``holder`` is charged for what the request uses, ``size`` is the size of its
    body in bytes, set once it was read.
    """

    request: web.Request
    caller: User | None
    headers: dict[str, str]
    accept: Accept = Accept()
    holder: Holder = ()
    size: int = 0


def accepted(request: web.Request) -> Accept:
    """The kinds of answers that a request's Accept headers allow; all of them without such a header."""
    return _accepted(",".join(request.headers.getall("Accept", ())))


@lru_cache(maxsize=256)
def _accepted(accept: str) -> Accept:
    ranges = {part.partition(";")[0].strip() for part in (accept.lower() or "*/*").split(",")}
    return Accept(
        *(
            not ranges.isdisjoint({kind, f"{kind.partition('/')[0]}/*", "*/*"})
            for kind in ("application/json", "text/event-stream")
        )
    )
