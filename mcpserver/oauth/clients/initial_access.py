"""Initial access tokens, without which a client cannot register where ``registration = "token"`` (RFC 7591 section
3).
"""

from collections.abc import Sequence

from ...secrets import SecretKind, digest, mint
from ...sources import Sources
from ..protocol import BearerError, InitialAccessToken, RegistrationStore, invalid_token, read_bearer


def new_initial_access_token(
    note: str, *, uses: int, lifetime: int, sources: Sources
) -> tuple[InitialAccessToken, str]:
    """Return a new token as it is stored, and its value, which is shown only now; ``lifetime`` in seconds."""
    token, now = mint(SecretKind.INITIAL_ACCESS_TOKEN, sources), sources.now()
    kept = digest(SecretKind.INITIAL_ACCESS_TOKEN, token)
    return InitialAccessToken(
        sources.token_bytes(5).hex(), kept, note, created_at=now, expires_at=now + lifetime, uses_left=uses
    ), token


async def require_initial_access_token(store: RegistrationStore, authorization: Sequence[str], *, now: int) -> bytes:
    """Return the digest of the token that a request presents; checked before the rest of the request.

    Raises BearerError.
    """
    kept = digest(SecretKind.INITIAL_ACCESS_TOKEN, read_bearer(authorization))
    if not await store.has_initial_access_token(kept, now=now):
        raise unknown_initial_access_token()
    return kept


def unknown_initial_access_token() -> BearerError:
    return invalid_token(
        "The initial access token is unknown, used up or expired. Ask whoever runs this server for another."
    )
