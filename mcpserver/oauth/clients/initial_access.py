"""Initial access tokens: who may register a client where not everybody may (RFC 7591 section 3)."""

from collections.abc import Sequence

from ...secrets import SecretKind, digest, mint
from ...sources import Sources
from ..protocol.bearer import invalid_token, read_bearer
from ..protocol.errors import BearerError
from ..protocol.registration_store import Invitation, RegistrationStore


def invite(note: str, *, uses: int, lifetime: int, sources: Sources) -> tuple[Invitation, str]:
    """A new invitation and its token, which is shown this once; ``lifetime`` in seconds."""
    token, now = mint(SecretKind.INVITATION, sources), sources.now()
    kept = digest(SecretKind.INVITATION, token)
    return Invitation(sources.token_bytes(5).hex(), kept, note, created_at=now, expires_at=now + lifetime, uses_left=uses), token


async def require_invitation(store: RegistrationStore, authorization: Sequence[str], *, now: int) -> bytes:
    """The digest of the invitation that a request shows, before anything it says is looked at. Raises BearerError."""
    kept = digest(SecretKind.INVITATION, read_bearer(authorization))
    if not await store.is_invited(kept, now=now):
        raise not_invited()
    return kept


def not_invited() -> BearerError:
    return invalid_token("The initial access token is unknown, used up or expired. Ask whoever runs this server for another.")
