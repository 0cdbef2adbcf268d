"""One connection, in front of aiohttp's protocol: what it waits for, how much it sends ahead, whether its reader keeps
up.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from aiohttp import StreamReader, web

from .crowd import Wait

MOST_HEAD = 128 * 1024
"""Bytes of a request's head."""
MOST_AHEAD = 256 * 1024
"""Bytes of further requests that may be sent before one is answered."""


class Keeper(Protocol):
    """The set of connections that a connection belongs to."""

    def admit(self, connection: "Connection") -> bool:
        """Return whether there is room for the connection."""

    def leave(self, connection: "Connection") -> None:
        """Remove a connection that has ended."""

    def place(self, connection: "Connection", wait: Wait | None) -> None:
        """Note what the connection waits for now; None when for nothing."""

    def stall(self, connection: "Connection", *, stalled: bool) -> None:
        """Note whether the reader of the connection has stopped keeping up."""


def plain_answer(status: str, sentence: str) -> bytes:
    body = sentence.encode()
    return b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
        status.encode(),
        len(body),
        body,
    )


FULL = plain_answer(
    "503 Service Unavailable\r\nRetry-After: 5", "There are too many connections. Come back in a few seconds.\n"
)
HEAD_TOO_SLOW = plain_answer("408 Request Timeout", "The head of the request did not arrive in time.\n")
HEAD_TOO_LARGE = plain_answer(
    "431 Request Header Fields Too Large", f"The head of the request is larger than {MOST_HEAD} bytes.\n"
)


class Connection(asyncio.Protocol):
    """A connection; ``inner`` speaks HTTP. The application says when it begins and finishes handling a request."""

    __slots__ = (
        "_ahead",
        "_answering",
        "_content",
        "_head",
        "_head_ended",
        "_inner",
        "_keeper",
        "_tail",
        "group",
        "peer",
        "since",
        "transport",
        "wait",
    )

    def __init__(self, keeper: Keeper, inner: asyncio.Protocol) -> None:
        self._keeper = keeper
        self._inner = inner
        self._content: StreamReader | None = None
        self._answering = False
        self._head = self._ahead = 0
        self._head_ended = False
        self._tail = b""
        self.peer = ""
        self.group: str | None = None
        self.since = 0.0
        self.wait: Wait | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        peername = transport.get_extra_info("peername")
        self.peer = peername[0] if isinstance(peername, tuple) else ""
        if self._keeper.admit(self):
            self._inner.connection_made(transport)
        else:
            self._inner = asyncio.Protocol()  # which does nothing
            self.end(FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        self._keeper.leave(self)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if (self._content is None or self._content.is_eof()) and not self._has_room(data):
            return
        self._tail = data[-3:]
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._keeper.stall(self, stalled=True)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._keeper.stall(self, stalled=False)
        self._inner.resume_writing()

    def begin(self, content: StreamReader) -> None:
        """The head of a request has arrived and its handling begins; the rest of its body comes by ``content``."""
        self._answering, self._content = True, content
        self._head = self._ahead = 0
        self._head_ended = False
        self._keeper.place(self, self._waits_for())

    def finish(self) -> None:
        """The request has been handled, whether or not the response was sent."""
        self._answering = False
        self._keeper.place(self, self._waits_for())

    def settle(self) -> bool:
        """Return whether a body that it waited for has arrived, so that it waits for something else now."""
        if self.wait is not Wait.BODY or self._waits_for() is Wait.BODY:
            return False
        self._keeper.place(self, self._waits_for())
        return True

    def end(self, last_words: bytes = b"") -> None:
        """End the connection at once, for its reader may never take what is left. ``last_words`` are sent unless other
        data is waiting.
        """
        if self.transport is None or self.transport.is_closing():
            return
        if last_words and not self.transport.get_write_buffer_size():
            self.transport.write(last_words)
            self.transport.close()
        if self.transport.get_write_buffer_size() or not last_words:
            self.transport.abort()

    @property
    def began(self) -> bool:
        """Whether a part of a head has arrived."""
        return self._head > 0

    def _waits_for(self) -> Wait | None:
        if self._content is not None and not self._content.is_eof():
            return Wait.BODY
        return None if self._answering else Wait.NEXT

    def _has_room(self, data: bytes) -> bool:
        """Count bytes that belong to no body, and end the connection when they are too many."""
        if self._answering:
            self._ahead += len(data)
            if self._ahead > MOST_AHEAD:
                self.end()
            return self._ahead <= MOST_AHEAD
        if self.wait is not Wait.HEAD:
            self._keeper.place(self, Wait.HEAD)
        if not self._head_ended:
            self._add_to_head(data if self._head else data.lstrip(b"\r\n"))
        return self._head <= MOST_HEAD

    def _add_to_head(self, data: bytes) -> None:
        """Count the head, which ends with an empty line (RFC 9112 section 2.1); empty lines before it do not count
        (section 2.2).
        """
        end = (self._tail + data).find(b"\r\n\r\n") if data else -1
        self._head_ended = end >= 0
        self._head += max(end, 1) if self._head_ended else len(data)
        if self._head > MOST_HEAD:
            self.end(HEAD_TOO_LARGE)


@contextmanager
def attended(request: web.Request) -> Iterator[None]:
    """Tell the connection while a request is handled; does nothing for a server that does not keep its connections."""
    transport = request.transport
    connection = None if transport is None else transport.get_protocol()
    if not isinstance(connection, Connection):
        yield
        return
    connection.begin(request.content)
    try:
        yield
    finally:
        connection.finish()
