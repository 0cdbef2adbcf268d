"""Pushed authorization requests (RFC 9126): a client sends its request first, and the browser brings a reference to it.

The reference is valid for a minute. Once a browser has brought it, the person has ten minutes to sign in or to load the
page again (section 4 allows that); the decision ends it.
"""

import json
from typing import Protocol

from ...secrets import SecretKind, digest, mint
from ...settings import Settings
from ...sources import Sources
from ..clients import Clients
from ..protocol import (
    Client,
    DecisionKey,
    InvalidDpopProof,
    InvalidRequest,
    PageError,
    Parameters,
    PushedRequest,
    Resources,
)
from .id_token_hint import Hints
from .request import known_parameters, prove_target, require_bounded, require_request
from .response import response_modes

PREFIX = "urn:ietf:params:oauth:request_uri:"
PUSHED_REQUEST_LIFETIME = 60
"""Seconds within which a browser must bring the reference."""
PUSHED_REQUESTS_OPEN = 600
"""Seconds that it is valid from then on."""
_ROW = 300
"""Bytes of a row beside the parameters."""


class PushedStore(Protocol):
    async def add_pushed_request(self, request: PushedRequest) -> None: ...

    async def open_pushed_request(self, digest: bytes, *, client_id: str, now: int, until: int) -> PushedRequest | None:
        """Return the client's request if it is not decided and not expired; the first call makes it last until
        ``until``.

        An expired request is deleted.
        """

    async def find_pusher(self, digest: bytes) -> str | None:
        """Return the id of the client that pushed a request that is still stored."""


def pushed_parameters(client: Client, form: Parameters, thumbprint: str | None) -> Parameters:
    """Return the known parameters of a form, bound to the key that was proven (RFC 9449 section 10.1).

    Raises InvalidRequest for what is too long, or a reference in place of a request (section 2.1), and InvalidDpopProof
    for another key than ``dpop_jkt`` names.
    """
    if "request_uri" in form:
        raise InvalidRequest("A request that is pushed cannot refer to another: leave request_uri out.")
    named = form.one("dpop_jkt")
    if thumbprint is not None and named not in (None, thumbprint):
        raise InvalidDpopProof("The proof is of another key than dpop_jkt names.")
    require_bounded(form)
    known = known_parameters(form)
    pairs = {name: known.all(name) for name in known} | {"client_id": [client.id]}
    if thumbprint is not None:
        pairs["dpop_jkt"] = [thumbprint]
    return Parameters((name, value) for name, values in pairs.items() for value in values)


async def require_answerable(
    clients: Clients, parameters: Parameters, settings: Settings, resources: Resources, hints: Hints | None
) -> None:
    """Refuse at once what can be refused without a person (section 2.1, step 3). Raises OAuthError, never to be
    redirected (section 2.3).
    """
    try:
        target = await prove_target(
            clients, parameters, issuer=settings.issuer, modes=response_modes(settings), openid=settings.openid
        )
    except PageError as error:
        raise InvalidRequest(error.message, reason=error.reason) from error
    require_request(
        target, parameters, resources, dpop=settings.dpop != "off", modes=response_modes(settings), hints=hints
    )


def pushed_request_size(parameters: Parameters) -> int:
    """Return how many bytes a stored request takes."""
    return _ROW + sum(len(json.dumps(pair)) for pair in parameters.pairs())


async def push(store: PushedStore, client: Client, parameters: Parameters, sources: Sources) -> dict[str, str | int]:
    """Store the request; return the response (section 2.2)."""
    reference = mint(SecretKind.REQUEST, sources)
    await store.add_pushed_request(
        PushedRequest(
            digest(SecretKind.REQUEST, reference),
            client.id,
            tuple(parameters.pairs()),
            expires_at=sources.now() + PUSHED_REQUEST_LIFETIME,
        )
    )
    return {"request_uri": PREFIX + reference, "expires_in": PUSHED_REQUEST_LIFETIME}


async def open_pushed(store: PushedStore, parameters: Parameters, sources: Sources) -> tuple[Parameters, DecisionKey]:
    """Return the request that a ``request_uri`` of this server leads to, and its decision key. Raises PageError
    (section 4).
    """
    try:
        client_id, uri = parameters.one("client_id") or "", parameters.require("request_uri")
    except InvalidRequest as error:
        raise PageError("This request is ambiguous", error.description) from error
    now = sources.now()
    found = await store.open_pushed_request(
        digest(SecretKind.REQUEST, uri.removeprefix(PREFIX)),
        client_id=client_id,
        now=now,
        until=now + PUSHED_REQUESTS_OPEN,
    )
    if found is None:
        pusher = await store.find_pusher(digest(SecretKind.REQUEST, uri.removeprefix(PREFIX)))
        if pusher not in (None, client_id):
            message = (
                "Another application sent it to this server, and only that application can use it. Start again "
                "in the application that sent you here."
            )
            raise PageError(
                "This request belongs to another application",
                message,
                reason=f"request pushed by {pusher!r}, presented by {client_id!r}",
            )
        raise PageError(
            "This request has ended",
            "It has expired, or you have already answered it. Start again in the application that sent you here.",
        )
    return Parameters(found.parameters), DecisionKey(found.digest, found.expires_at)


def refers_to_pushed(parameters: Parameters) -> bool:
    return any(value.startswith(PREFIX) for value in parameters.all("request_uri"))


def require_pushed(client: Client, settings: Settings) -> None:
    """Refuse a request that was not pushed where server or client require it (section 4). Raises InvalidRequest."""
    if settings.pushed_requests == "required" or (
        settings.pushed_requests != "off" and client.metadata.get("require_pushed_authorization_requests")
    ):
        raise InvalidRequest(
            "The request must be pushed to the server first (RFC 9126): this server, or this client's registration, "
            "asks for it."
        )
