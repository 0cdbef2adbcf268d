"""The name that every answer carries, and those that aiohttp gives by itself when it cannot read a request."""

import asyncio
from collections.abc import Callable

from aiohttp import web

NAME = "webclient"
"""Without versions, which tell a stranger which faults to try (RFC 9110 section 10.2.4: no needlessly fine-grained detail)."""


def sign(response: web.StreamResponse) -> None:
    response.headers["Server"] = NAME


class RequestHandler(web.RequestHandler):
    """aiohttp's, whose refusals carry our name."""

    __slots__ = ()

    def handle_error(self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None) -> web.StreamResponse:
        response = super().handle_error(request, status, exc, message)
        sign(response)
        return response


def handlers_of(server: web.Server) -> Callable[[], web.RequestHandler]:
    """Makes a handler for each connection, as the server itself would."""
    loop = asyncio.get_running_loop()
    return lambda: RequestHandler(server, loop=loop, **server._kwargs)
