"""Connections: sessions of aiohttp that keep no cookies, and what they add to requests and responses."""

import asyncio
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from attrs import frozen

from .timing import trace_config

LONGEST_HEADER = 64 * 1024
"""Bytes of one header of an answer: cookies, policies and long challenges need more than the usual 8 KiB."""


class AddressedResponse(aiohttp.ClientResponse):
    """A response with the ``address`` that was dialled: a short one has let go of its connection before anybody can
    ask.
    """

    address = ""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        self.address = str(peer[0]) if peer else ""
        return await super().start(connection)


class ConnectionEnded(aiohttp.ServerDisconnectedError):
    """A kept connection that the server ended; nothing was sent on it."""


class CheckedRequest(aiohttp.ClientRequest):
    """A request that checks its connection before it is sent: the end of one that the server closed may not have
    been read.
    """

    async def send(self, connection: Connection) -> aiohttp.ClientResponse:
        # The first turn of the event loop lets it ask for what has arrived, the second lets it be dealt with.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if connection.protocol is None or not connection.protocol.is_connected():
            raise ConnectionEnded
        return await super().send(connection)


@frozen
class Sessions:
    """Sessions with one way of resolving names: ``kept`` keeps connections, ``fresh`` makes a new one for each
    request.
    """

    kept: aiohttp.ClientSession
    fresh: aiohttp.ClientSession

    async def close(self) -> None:
        await self.kept.close()
        await self.fresh.close()


def make_sessions(keep_alive: float, **options: Any) -> Sessions:
    """``keep_alive`` in seconds; ``options`` are those of aiohttp's connector."""
    kept = aiohttp.TCPConnector(keepalive_timeout=keep_alive, **options)
    return Sessions(_session(kept), _session(aiohttp.TCPConnector(force_close=True, **options)))


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    # How long to wait is said for each call; aiohttp's own five minutes would end a stream that is meant to stay open.
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
    """Whether a connection ended before any byte of an answer came."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)
    return isinstance(error, aiohttp.ClientOSError)
