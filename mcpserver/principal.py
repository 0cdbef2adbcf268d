"""Who is calling: the one shape that tools, the REST API and the pages receive."""

from attrs import frozen


@frozen
class User:
    """The person behind a request, as the access token and the account say it.

    ``scopes`` are the scopes granted to ``client_id`` by this person; ``grant_id`` names the grant they come from.
    Made per request from the presented token, never kept in a session (MCP 2026-07-28, basic: statelessness).
    """

    id: str
    username: str
    name: str
    email: str | None
    scopes: frozenset[str]
    client_id: str
    grant_id: str

    def has_scope(self, scope: str) -> bool:
        """Whether every scope of the space-separated ``scope`` was granted."""
        return set(scope.split()) <= self.scopes


def principal_of(caller: User | None) -> tuple[str, ...]:
    """The person and the client, to whom sessions and tasks belong; empty for whoever comes without a name."""
    return () if caller is None else (caller.id, caller.client_id)
