"""The ``Server`` header of every response, also of those that aiohttp gives itself to requests that it cannot read."""

import asyncio
from collections.abc import Callable

from aiohttp import web


def sign(response: web.StreamResponse, name: str) -> None:
    """Return ``name`` without a version, which would tell strangers which faults to try (RFC 9110 section 10.2.4)."""
    response.headers["Server"] = name


class RequestHandler(web.RequestHandler):
    """aiohttp's handler, whose own refusals carry ``name``."""

    __slots__ = ("name",)

    name: str

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        response = super().handle_error(request, status, exc, message)
        sign(response, self.name)
        return response


def handlers_of(server: web.Server, name: str) -> Callable[[], web.RequestHandler]:
    """Return a function that makes a handler for each connection, as the server itself would."""
    loop = asyncio.get_running_loop()

    def handler() -> RequestHandler:
        made = RequestHandler(server, loop=loop, **server._kwargs)
        made.name = name
        return made

    return handler
