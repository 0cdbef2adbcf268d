"""One HTTP request to the MCP endpoint, its caller known."""

from aiohttp import web
from attrs import frozen

from ...mcp.protocol.budget import Holder
from ...principal import User


@frozen
class EndpointRequest:
    """One HTTP request: ``headers`` go out with whatever is answered, ``json`` and ``stream`` say what answers the client takes.

    ``holder`` pays for what it needs, ``size`` is that of its body in bytes.
    """

    request: web.Request
    caller: User | None
    headers: dict[str, str]
    json: bool = True
    stream: bool = True
    holder: Holder = ()
    size: int = 0
