"""The caller, in the one form that tools, the REST API and the pages receive."""

from collections.abc import Collection

from attrs import frozen


@frozen
class User:
    """The person behind a request, or a client that acts for itself, as the access token and the account describe it.

    ``scopes`` are the scopes granted to ``client_id``, by this person or by the operator; ``grant_id`` names their
    grant. For a client that acts for itself (``is_client``, OAuth 2.1 section 4.2), ``id`` and ``username`` are its
    client id, ``name`` is its name. Made for each request from its token, never kept in a session (MCP 2026-07-28,
    basic: statelessness).
    """

    id: str
    username: str
    name: str
    email: str | None
    scopes: frozenset[str]
    client_id: str
    grant_id: str
    is_client: bool = False

    def has_scope(self, scope: str) -> bool:
        """Return whether every scope of the space-separated ``scope`` was granted, by its name or by a wildcard."""
        return all(covers(self.scopes, name) for name in scope.split())


class Later(str):
    """The description of a scope that is not asked for at first: a call that needs it asks for it then (step-up).

    ``scopes={"books:read": "Read books", "books:delete": Later("Delete books")}``. MCP security best practices: scope
    minimization.
    """

    __slots__ = ()


def covers(granted: Collection[str], scope: str) -> bool:
    """Return whether ``scope`` or a wildcard above it was granted: ``notes:*`` covers all that begins with ``notes:``.

    MCP 2026-07-28, authorization, step-up: servers take account of scope hierarchies.
    """
    return scope in granted or any(name.endswith(":*") and scope.startswith(name[:-1]) for name in granted)


def principal_of(caller: User | None) -> tuple[str, ...]:
    """Return the ids of the person (or the client in their place) and the client, to whom sessions and tasks belong;
    empty without a token.
    """
    return () if caller is None else (caller.id, caller.client_id)
