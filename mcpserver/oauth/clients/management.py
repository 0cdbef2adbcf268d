"""RFC 7592: a client reads, changes and ends its own registration, with the token that it was given for that."""

import hmac
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from ...secrets import SecretKind, digest
from ...sources import Sources
from ..protocol.bearer import invalid_token, read_bearer
from ..protocol.errors import BearerError, InvalidClientMetadata
from ..protocol.models import Client, ClientKind
from ..protocol.registration_store import RegistrationStore
from .metadata import Rules, digest_of
from .registration import Registered, new_secret, read_registration, require_object


@frozen
class ClientConfiguration:
    """Each verb takes the values of every Authorization header, and raises BearerError unless they are the client's own token.

    The token stays the same as long as the client lives: one that loses an answer must not lose its registration with it.
    """

    store: RegistrationStore
    rules: Rules
    sources: Sources

    async def read(self, client_id: str, authorization: Sequence[str]) -> Registered:
        """Section 2.1. The secret is not in it: only its digest is known here."""
        token = read_bearer(authorization)
        return Registered(await self._find(client_id, token), management_token=token)

    async def change(self, client_id: str, authorization: Sequence[str], document: object) -> Registered:
        """Section 2.2: what is left out is deleted, and everything is held against the rules of registration again.

        The secret stays; one is made where the client needs a secret and had none.
        Raises InvalidRedirectUri, InvalidClientMetadata or InvalidSoftwareStatement (RFC 7591 section 3.2.2).
        """
        token = read_bearer(authorization)
        client = await self._find(client_id, token)
        _require_own_credentials(client, require_object(document))
        described = read_registration(document, self.rules)
        _require_confidential(described)
        secret = new_secret(described, self.sources) if client.secret_digest is None else None
        changed = _vouched_anew(client, evolve(client, **described, secret_digest=_secret_digest(client, described, secret)))  # type: ignore[arg-type]
        if not await self.store.change_registration(changed, digest(SecretKind.MANAGEMENT, token)):
            raise _not_yours()
        return Registered(changed, secret, token)

    async def remove(self, client_id: str, authorization: Sequence[str]) -> None:
        """Section 2.3: what people allowed the client ends with it."""
        kept = digest(SecretKind.MANAGEMENT, read_bearer(authorization))
        if not await self.store.remove_registration(client_id, kept, now=self.sources.now()):
            raise _not_yours()

    async def _find(self, client_id: str, token: str) -> Client:
        client = await self.store.find_managed_client(client_id, digest(SecretKind.MANAGEMENT, token))
        if client is None:
            raise _not_yours()
        return client


def _vouched_anew(client: Client, changed: Client) -> Client:
    """What the operator vouched for is what the client said of itself then; one that says something else is on its own again."""
    return changed if digest_of(changed) == digest_of(client) else evolve(changed, kind=ClientKind.SELF_REGISTERED)


def _not_yours() -> BearerError:
    """Section 2: the same for a client that is gone, a shared one and another's, so that nobody learns which clients exist."""
    return invalid_token("The registration access token is not that of this client.")


def _require_own_credentials(client: Client, metadata: Mapping[str, object]) -> None:
    """Section 2.2: the client_id must be there; a secret may be, but a client cannot choose one."""
    if metadata.get("client_id") != client.id:
        raise InvalidClientMetadata("client_id must be that of the client.")
    secret = metadata.get("client_secret")
    if secret is not None and not _is_secret_of(client, secret):
        raise InvalidClientMetadata("client_secret must be the one that was issued: leave it out, or register again for another.")


def _is_secret_of(client: Client, secret: object) -> bool:
    if client.secret_digest is None or not isinstance(secret, str):
        return False
    return hmac.compare_digest(digest(SecretKind.CLIENT_SECRET, secret), client.secret_digest)


def _require_confidential(described: Mapping[str, object]) -> None:
    """A client that people trusted with their consent because it proves who it is goes on proving it."""
    if described["auth_method"] == "none":
        raise InvalidClientMetadata("token_endpoint_auth_method cannot become none: register again as a public client.")


def _secret_digest(client: Client, described: Mapping[str, object], secret: str | None) -> bytes | None:
    if secret is not None:
        return digest(SecretKind.CLIENT_SECRET, secret)
    return client.secret_digest if str(described["auth_method"]).startswith("client_secret") else None
