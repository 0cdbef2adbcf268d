"""aiohttp sessions that keep no cookies, with the request and response classes that they use."""

import asyncio
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from attrs import frozen

from .timing import trace_config

LONGEST_HEADER = 64 * 1024
"""Maximum size of one response header in bytes: cookies, policies and long challenges exceed the usual 8 KiB."""


class AddressedResponse(aiohttp.ClientResponse):
    """A response that records the peer's ``address`` at its start, since a short response releases its connection
    before the address can be read.
    """

    address = ""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        self.address = str(peer[0]) if peer else ""
        return await super().start(connection)


class ConnectionEnded(aiohttp.ServerDisconnectedError):
    """A kept connection was closed by the server before anything was sent on it."""


class CheckedRequest(aiohttp.ClientRequest):
    """A request that checks its connection before it is sent, as the server may have closed it without the close having
    been read yet.
    """

    async def send(self, connection: Connection) -> aiohttp.ClientResponse:
        # The first turn of the event loop polls for arrived data, the second processes it.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if connection.protocol is None or not connection.protocol.is_connected():
            raise ConnectionEnded
        return await super().send(connection)


@frozen
class Sessions:
    """Sessions that share one resolver: ``kept`` reuses connections, ``fresh`` opens a new one for each request."""

    kept: aiohttp.ClientSession
    fresh: aiohttp.ClientSession

    async def close(self) -> None:
        await self.kept.close()
        await self.fresh.close()


def make_sessions(keep_alive: float, **options: Any) -> Sessions:
    """Build the sessions. ``keep_alive`` is in seconds; ``options`` are passed to aiohttp's connector."""
    kept = aiohttp.TCPConnector(keepalive_timeout=keep_alive, **options)
    return Sessions(_session(kept), _session(aiohttp.TCPConnector(force_close=True, **options)))


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    # Each call sets its own timeout; aiohttp's default of five minutes would end a stream that is meant to stay open.
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "webclient"},
        timeout=aiohttp.ClientTimeout(total=None),
        request_class=CheckedRequest,
        response_class=AddressedResponse,
        trace_configs=[trace_config()],
        max_field_size=LONGEST_HEADER,
        max_line_size=LONGEST_HEADER,
    )


def is_lost(error: Exception) -> bool:
    """Whether the connection ended before any byte of an answer arrived."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)
    return isinstance(error, aiohttp.ClientOSError)
