"""Selection of the scopes to request (MCP 2026-07-28, scope selection strategy and step-up authorization flow)."""

from ..errors import Challenge
from .protocol import AuthorizationServerMetadata, ProtectedResourceMetadata

OFFLINE = "offline_access"


def union(*sets: tuple[str, ...]) -> tuple[str, ...]:
    """All scopes without duplicates, in order of first appearance."""
    return tuple(dict.fromkeys(scope for scopes in sets for scope in scopes))


def first_scopes(challenge: Challenge | None, resource: ProtectedResourceMetadata) -> tuple[str, ...]:
    """The challenge's scopes, else all that the resource supports, else none."""
    return (challenge.scopes if challenge else ()) or resource.scopes_supported or ()


def with_refresh(scopes: tuple[str, ...], server: AuthorizationServerMetadata) -> tuple[str, ...]:
    """Add ``offline_access`` where the authorization server offers it (MCP refresh tokens). Not added to an empty
    selection, as alone it would ask for less than naming no scope.
    """
    return union(scopes, (OFFLINE,)) if scopes and OFFLINE in server.scopes_supported else scopes
