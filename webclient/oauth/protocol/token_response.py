"""The answer of a token endpoint."""

from typing import Self

from attrs import field, frozen

from ...json_text import JsonObject

LONGEST_LIFETIME = 1e10
"""Seconds; a lifetime above it is taken for a mistake."""


@frozen
class TokenResponse:
    """A token response (RFC 6749 section 5.1, RFC 8693 section 2.2.1).

    ``expires_in`` in seconds. Members that are absent, or that are not what the RFC says, are None.
    """

    access_token: str = field(repr=False)
    token_type: str
    refresh_token: str | None = field(default=None, repr=False)
    expires_in: float | None = None
    scopes: tuple[str, ...] | None = None
    issued_token_type: str | None = None

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read a response whose ``access_token`` has been checked. ``token_type`` is read in lower case."""
        refresh, lifetime, scope = document.get("refresh_token"), document.get("expires_in"), document.get("scope")
        issued = document.get("issued_token_type")
        return cls(
            access_token=document["access_token"],
            token_type=str(document.get("token_type") or "").lower(),
            refresh_token=refresh if isinstance(refresh, str) and refresh else None,
            expires_in=lifetime if isinstance(lifetime, int | float) and 0 <= lifetime < LONGEST_LIFETIME else None,
            scopes=tuple(scope.split()) if isinstance(scope, str) else None,
            issued_token_type=issued if isinstance(issued, str) else None,
        )
