"""Selection of the scopes to ask for (MCP 2026-07-28, scope selection strategy and step-up authorization flow)."""

from ..errors import Challenge
from .metadata import AuthorizationServer, ProtectedResource

OFFLINE = "offline_access"


def union(*sets: tuple[str, ...]) -> tuple[str, ...]:
    """Every scope once, in order of first appearance."""
    return tuple(dict.fromkeys(scope for scopes in sets for scope in scopes))


def first_scopes(challenge: Challenge | None, resource: ProtectedResource) -> tuple[str, ...]:
    """The challenge's scopes, else all the resource supports, else none."""
    return (challenge.scopes if challenge else ()) or resource.scopes_supported or ()


def with_refresh(scopes: tuple[str, ...], server: AuthorizationServer) -> tuple[str, ...]:
    """MCP refresh tokens: ``offline_access`` where the authorization server offers it; alone it would stand for less
    than naming no scope.
    """
    return union(scopes, (OFFLINE,)) if scopes and OFFLINE in server.scopes_supported else scopes
