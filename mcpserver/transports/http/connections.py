"""The open connections of each grant, which end when the grant is revoked."""

from asyncio import Transport
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from ...principal import User


class OpenConnections:
    """Connections by grant: a token is checked when its request arrives, and a stream may go on for days after that."""

    def __init__(self) -> None:
        self._connections: defaultdict[str, set[Transport]] = defaultdict(set)

    @contextmanager
    def during(self, request: web.Request, caller: User | None) -> Iterator[None]:
        """Keep the connection of a request by its caller's grant while the request is answered; without a caller,
        nothing.
        """
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
        """Cut the connections of a grant. The work behind them ends as if the client had disconnected."""
        for connection in tuple(self._connections.get(grant_id, ())):
            connection.abort()
