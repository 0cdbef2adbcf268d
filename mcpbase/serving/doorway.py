"""Accepting connections."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable

from .seldom import Seldom

_log = logging.getLogger(__name__)

BACKLOG = 128
"""Connections that the system queues, and how many are accepted in one turn of the loop."""
PAUSE = 0.1
"""Seconds until the next attempt when the system has no room."""
EXHAUSTION = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors of accept(2) when the system has no room."""


class Doorway:
    """Accepts connections from ``listener`` until it is closed.

    asyncio's own server logs a traceback for each connection that waits while there are no descriptors. ``factory``
    makes a protocol for each connection; ``make_room`` is called when the system has no room for another.
    """

    def __init__(
        self, listener: socket.socket, factory: Callable[[], asyncio.Protocol], make_room: Callable[[], None]
    ) -> None:
        self._listener = listener
        self._factory = factory
        self._make_room = make_room
        self._loop = asyncio.get_running_loop()
        self._seldom = Seldom(1)
        self._taking: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        listener.listen(BACKLOG)
        self._open()

    def close(self) -> None:
        """Accept no more; connections that were accepted stay."""
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()

    def _open(self) -> None:
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(BACKLOG):
            try:
                connection, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in EXHAUSTION:
                    self._wait_for_room(error)
                    return
                continue  # who was to come in has gone already (accept(2), error handling)
            task = self._loop.create_task(self._take(connection))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    async def _take(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(False)
            await self._loop.connect_accepted_socket(self._factory, connection)
        except OSError:
            connection.close()

    def _wait_for_room(self, error: OSError) -> None:
        if self._seldom.now(self._loop.time()):
            _log.error("no connection can be taken at the moment: %s", error.strerror)
        self._loop.remove_reader(self._listener)
        self._make_room()
        self._pause = self._loop.call_later(PAUSE, self._open)
