"""One HTTP request to the MCP endpoint, with what all layers need of its headers read once."""

from functools import lru_cache

from aiohttp import web
from attrs import define, frozen

from ...mcp.protocol import Holder
from ...principal import User


@frozen
class Accept:
    """What answers a client takes (RFC 9110 section 12.5.1, without weights)."""

    json: bool = True
    stream: bool = True


@define(eq=False)
class EndpointRequest:
    """An HTTP request and its caller, None on a server without sign-in and for callers without a token.

    ``headers`` go out with every answer, ``holder`` is charged for what the request needs, ``size`` is that of its body
    in bytes, once it was read.
    """

    request: web.Request
    caller: User | None
    headers: dict[str, str]
    accept: Accept = Accept()
    holder: Holder = ()
    size: int = 0


def accepted(request: web.Request) -> Accept:
    """The answers that a request's Accept headers allow; without one, all."""
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
