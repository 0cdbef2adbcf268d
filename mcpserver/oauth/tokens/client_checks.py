"""Checks of the client that several grant types share."""

from ..protocol.errors import InvalidGrant, UnauthorizedClient
from ..protocol.models import Client


def require_confidential(client: Client, cannot: str) -> None:
    """Raises UnauthorizedClient for a client without credentials; ``cannot`` completes "A client without credentials cannot"."""
    if client.auth_method == "none":
        raise UnauthorizedClient(f"A client without credentials cannot {cannot}.")


def require_same_client(owner_id: str, client: Client, *, presented: str, refusal: str) -> None:
    """Raises InvalidGrant, with ``refusal`` as its description, when what is presented was given to another client.

    It is left as it is: a thief must not be able to end what they cannot use.
    """
    if owner_id != client.id:
        raise InvalidGrant(refusal, reason=f"{presented} of client {owner_id} presented by {client.id}")
