"""All connections of a server: no more than there is room for, none that waits for ever (docs/security.md, denial of
service).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .connection import FULL, HEAD_TOO_SLOW, Connection
from .crowd import Crowd, Wait
from .limits import Limits, group_of
from .seldom import Seldom

_log = logging.getLogger(__name__)

SLOWEST = 1024
"""Bytes a second that a reader must take once it does not keep up."""
LOOK = 0.5
"""Seconds between two checks for connections that wait too long."""


class Connections:
    """The connections. Without room for a newcomer, waiting ones are ended, oldest first; those being answered never
    are.

    When none waits, the newcomer is refused.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._all = Crowd()
        self._groups: dict[str, Crowd] = {}
        self._stalled: OrderedDict[Connection, tuple[float, int]] = OrderedDict()
        self._seldom = Seldom(60)

    def factory(self, server: Callable[[], asyncio.Protocol]) -> Callable[[], Connection]:
        """Return the factory for ``create_server`` in place of ``server``, which makes the protocols that
        speak HTTP.
        """
        return lambda: Connection(self, server())

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """End connections that take too long while this is open."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    def admit(self, connection: Connection) -> bool:
        group = group_of(connection.peer)
        if not self._has_room_for(group):
            self._tell(
                f"connections are turned away: all {self._all.count} are busy, or all that {group or 'one place'} may "
                "have"
            )
            return False
        for crowd in (self._all, self._groups.setdefault(group, Crowd())):
            crowd.count += 1
        connection.group = group
        self.place(connection, Wait.HEAD)
        return True

    def leave(self, connection: Connection) -> None:
        if connection.group is None:
            return  # it never came in
        self.place(connection, None)
        self._stalled.pop(connection, None)
        for crowd in self._crowds(connection):
            crowd.count -= 1
        if not self._groups[connection.group].count:
            del self._groups[connection.group]
        connection.group = None

    def place(self, connection: Connection, wait: Wait | None) -> None:
        if connection.group is None:
            return
        for crowd in self._crowds(connection):
            if connection.wait is not None:
                del crowd.lines[connection.wait][connection]
            if wait is not None:
                crowd.lines[wait][connection] = None
        connection.wait, connection.since = wait, self._loop.time()

    def stall(self, connection: Connection, *, stalled: bool) -> None:
        self._stalled.pop(connection, None)
        if stalled and connection.transport is not None:
            self._stalled[connection] = (self._loop.time(), connection.transport.get_write_buffer_size())

    def make_room(self) -> None:
        """End an eighth of the waiting connections: the system has no descriptors left, whatever was counted."""
        waiting = sum(map(len, self._all.lines.values()))
        for _ in range(waiting // 8 + 1):
            self._evict(self._all)

    def _crowds(self, connection: Connection) -> tuple[Crowd, Crowd]:
        assert connection.group is not None
        return self._all, self._groups[connection.group]

    def _has_room_for(self, group: str) -> bool:
        own = self._groups.get(group)
        if own is not None and own.count >= self._limits.most_each and self._limits.is_bounded(group):
            return self._evict(own)
        return self._all.count < self._limits.most or self._evict(self._all)

    def _evict(self, crowd: Crowd) -> bool:
        """End one waiting connection; return whether there was one."""
        oldest = crowd.oldest()
        if oldest is None:
            return False
        self._tell(f"there is no room for more than {crowd.count} connections: those that wait longest are let go")
        oldest.end(FULL if oldest.began else b"")
        self.leave(oldest)
        return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            now = self._loop.time()
            for late in self._since(Wait.HEAD, now - self._limits.head):
                late.end(HEAD_TOO_SLOW if late.began else b"")
            for late in self._since(Wait.NEXT, now - self._limits.idle):
                self._let_go(late)
            for connection in list(self._all.lines[Wait.BODY]):
                connection.settle()
            self._drop_stalled(now)

    def _since(self, wait: Wait, moment: float) -> list[Connection]:
        """Yield the connections that began to wait before that time; some may wait for something else by now."""
        late: list[Connection] = []
        for connection in self._all.lines[wait]:
            if connection.since > moment:
                break
            late.append(connection)
        return late

    def _let_go(self, connection: Connection) -> None:
        """End a connection unless it still takes its last response: slow readers are ended elsewhere."""
        if connection in self._stalled:
            return
        if connection.transport is not None and connection.transport.get_write_buffer_size():
            self.stall(connection, stalled=True)
        else:
            connection.end()

    def _drop_stalled(self, now: float) -> None:
        for connection, (since, size) in list(self._stalled.items()):
            if now - since < self._limits.stall:
                break
            left = 0 if connection.transport is None else connection.transport.get_write_buffer_size()
            if left and size - left < SLOWEST * self._limits.stall:
                connection.end()
            else:
                self.stall(connection, stalled=left > 0)

    def _tell(self, line: str) -> None:
        if self._seldom.now(self._loop.time()):
            _log.warning("%s", line)
