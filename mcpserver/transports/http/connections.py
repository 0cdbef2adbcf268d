"""Who is in: the connections of each grant, so that a grant that is revoked takes along what was begun before."""

from asyncio import Transport
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from ...principal import User


class OpenConnections:
    """A token is looked at when its request arrives; a stream may go on for days after that."""

    def __init__(self) -> None:
        self._connections: defaultdict[str, set[Transport]] = defaultdict(set)

    @contextmanager
    def during(self, request: web.Request, caller: User | None) -> Iterator[None]:
        """Remember a request's connection by its caller's grant for as long as it is answered; nobody's is not remembered."""
        if caller is None or request.transport is None:
            yield
            return
        connection, connections = request.transport, self._connections[caller.grant_id]
        connections.add(connection)
        try:
            yield
        finally:
            connections.discard(connection)
            if not connections:
                self._connections.pop(caller.grant_id, None)

    def end(self, grant_id: str) -> None:
        """Cut the connections of a grant. To the work behind them it is as if the client had gone, and whoever comes again is refused."""
        for connection in tuple(self._connections.get(grant_id, ())):
            connection.abort()
