"""OpenID Connect RP-Initiated Logout 1.0: a client sends the person here to sign out, and back."""

from attrs import frozen

from ..clients import Clients
from ..protocol import Client, InvalidRequest, PageError, Parameters, with_answer
from .id_token_hint import Hints

REDIRECTS = "post_logout_redirect_uris"
"""The member of a client's metadata with the addresses to return to (section 3.1)."""


@frozen
class Logout:
    """A logout request. ``location`` is where the person goes afterwards, if anywhere; ``subject`` whom the client
    believes to be signed in.

    ``proven``: a hint shows that a person signed in for the client, and the operator vouches for it.
    """

    location: str | None
    subject: str | None
    proven: bool = False


async def read_logout(parameters: Parameters, clients: Clients, hints: Hints) -> Logout:
    """Read a request (section 2). An invalid hint is ignored. Raises PageError for an address that is not registered
    (section 3).
    """
    try:
        named, uri, state = (
            parameters.one("client_id"),
            parameters.one("post_logout_redirect_uri"),
            parameters.one("state"),
        )
        hint = hints.read(parameters.one("id_token_hint"))
    except InvalidRequest as error:
        raise PageError("This request is ambiguous", error.description) from error
    client_id = named or str(hint.get("aud", ""))
    if hint and client_id != hint.get("aud"):
        raise PageError("This request is ambiguous", "The client_id does not match the id_token_hint.")
    client = await clients.find(client_id) if client_id else None
    location = None if uri is None else _require_registered(client, client_id, uri, state)
    return Logout(location, str(hint["sub"]) if hint else None, bool(hint) and client is not None and client.verified)


def _require_registered(client: Client | None, client_id: str, uri: str, state: str | None) -> str:
    """Check the address to return to. It is a client's, so the request must name the client: in client_id, or by a
    valid hint (section 3).
    """
    if not client_id:
        message = (
            "It does not name the application: the client_id is missing, and the id_token_hint is missing or was not "
            "issued by this server."
            " You can sign out on the front page."
        )
        raise PageError(
            "This request cannot be answered",
            message,
            reason=f"post_logout_redirect_uri {uri!r} without client_id or good id_token_hint",
        )
    if client is None:
        message = "The application that asked to redirect you is not known here. You can sign out on the front page."
        raise PageError(
            "This request cannot be answered",
            message,
            reason=f"post_logout_redirect_uri {uri!r} of unknown client {client_id!r}",
        )
    known = client.metadata.get(REDIRECTS)
    if not isinstance(known, list) or uri not in known:
        message = (
            "The application asked to redirect you to an address that it has not registered. You can sign out "
            "on the front page."
        )
        raise PageError(
            "This request cannot be answered",
            message,
            reason=f"post_logout_redirect_uri {uri!r} of client {client_id!r}",
        )
    return uri if state is None else with_answer(uri, {"state": state})
