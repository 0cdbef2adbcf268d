"""Client configuration (RFC 7592): a client reads, changes and deletes its registration with its registration access
token.
"""

import hmac
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from ...secrets import SecretKind, digest
from ...sources import Sources
from ..protocol import (
    BearerError,
    Client,
    ClientKind,
    InvalidClientMetadata,
    RegistrationStore,
    invalid_token,
    read_bearer,
)
from .metadata import Rules, digest_of
from .registration import Registered, new_secret, read_registration, require_object


@frozen
class ClientConfiguration:
    """The endpoint. Each verb takes the values of all Authorization headers, and raises BearerError unless they are the
    client's token.

    The token never changes: a client that loses a response must not lose its registration with it.
    """

    store: RegistrationStore
    rules: Rules
    sources: Sources

    async def read(self, client_id: str, authorization: Sequence[str]) -> Registered:
        """Return the registration (section 2.1), without the secret: only its digest is stored."""
        token = read_bearer(authorization)
        return Registered(await self._find(client_id, token), management_token=token)

    async def change(self, client_id: str, authorization: Sequence[str], document: object) -> Registered:
        """Replace the registration (section 2.2): what is left out is deleted, and the rules of registration apply
        again.

        The secret stays; one is made where the client needs a secret and had none. Raises InvalidRedirectUri,
        InvalidClientMetadata or InvalidSoftwareStatement (RFC 7591 section 3.2.2).
        """
        token = read_bearer(authorization)
        client = await self._find(client_id, token)
        _require_own_credentials(client, require_object(document))
        described = read_registration(document, self.rules)
        _require_confidential(described)
        secret = new_secret(described, self.sources) if client.secret_digest is None else None
        kept = _secret_digest(client, described, secret)
        changed = _vouched_anew(client, evolve(client, **described, secret_digest=kept))  # type: ignore[arg-type]
        if not await self.store.change_registration(changed, digest(SecretKind.MANAGEMENT, token)):
            raise _not_yours()
        return Registered(changed, secret, token)

    async def remove(self, client_id: str, authorization: Sequence[str]) -> None:
        """Delete the client with all its grants (section 2.3)."""
        kept = digest(SecretKind.MANAGEMENT, read_bearer(authorization))
        if not await self.store.remove_registration(client_id, kept, now=self.sources.now()):
            raise _not_yours()

    async def _find(self, client_id: str, token: str) -> Client:
        client = await self.store.find_managed_client(client_id, digest(SecretKind.MANAGEMENT, token))
        if client is None:
            raise _not_yours()
        return client


def _vouched_anew(client: Client, changed: Client) -> Client:
    """Return the client without the operator's vouching when it describes itself differently than before."""
    return changed if digest_of(changed) == digest_of(client) else evolve(changed, kind=ClientKind.SELF_REGISTERED)


def _not_yours() -> BearerError:
    """Return the same error for a client that is gone, a shared one and another's, so that nobody learns which exist
    (section 2).
    """
    return invalid_token("The registration access token is not that of this client.")


def _require_own_credentials(client: Client, metadata: Mapping[str, object]) -> None:
    """Require the client_id; a client_secret may be sent, but a client cannot choose one (section 2.2)."""
    if metadata.get("client_id") != client.id:
        raise InvalidClientMetadata("client_id must be that of the client.")
    secret = metadata.get("client_secret")
    if secret is not None and not _is_secret_of(client, secret):
        raise InvalidClientMetadata(
            "client_secret must be the one that was issued: leave it out, or register again for another."
        )


def _is_secret_of(client: Client, secret: object) -> bool:
    if client.secret_digest is None or not isinstance(secret, str):
        return False
    return hmac.compare_digest(digest(SecretKind.CLIENT_SECRET, secret), client.secret_digest)


def _require_confidential(described: Mapping[str, object]) -> None:
    """Refuse to turn a confidential client into a public one: people trusted it because it authenticates."""
    if described["auth_method"] == "none":
        raise InvalidClientMetadata("token_endpoint_auth_method cannot become none: register again as a public client.")


def _secret_digest(client: Client, described: Mapping[str, object], secret: str | None) -> bytes | None:
    if secret is not None:
        return digest(SecretKind.CLIENT_SECRET, secret)
    return client.secret_digest if str(described["auth_method"]).startswith("client_secret") else None
