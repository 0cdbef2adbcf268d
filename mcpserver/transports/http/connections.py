"""The open connections of each grant, which are aborted when the grant is revoked."""

from asyncio import Transport
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from ...principal import User


class OpenConnections:
    """Open connections by grant, so that revoking a grant aborts its streams.

    A token is checked only when its request arrives, and a stream may go on for days after that.
    """

    def __init__(self) -> None:
        self._connections: defaultdict[str, set[Transport]] = defaultdict(set)

    @contextmanager
    def during(self, request: web.Request, caller: User | None) -> Iterator[None]:
        """Register the connection under the caller's grant while the request is answered; no-op without a caller."""
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
        """Abort the connections of a grant. Their work ends as if the client had disconnected."""
        for connection in tuple(self._connections.get(grant_id, ())):
            connection.abort()
