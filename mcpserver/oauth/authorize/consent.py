"""The consent form of an authorization request: the request, sealed (``sealed_form``), for ten minutes."""

from mcpbase.seal import Seal, SealBroken

from ...sources import Sources
from ..clients import Clients, digest_of
from ..protocol import DecisionKey, PageError
from .request import AuthorizationRequest, Target
from .sealed_form import OtherSession, open_form, seal_form

PURPOSE = "consent"
LIFETIME = 600
"""Seconds."""
_AGAIN = "Start again in the application that sent you here."


def seal_request(seal: Seal, request: AuthorizationRequest, *, session: bytes, sources: Sources) -> str:
    """``session`` is the digest of the browser session the form is shown to.

    A form is good once; all forms of a pushed request together, too.
    """
    once = request.once.digest if request.once is not None else sources.token_bytes(32)
    carried = {
        "client_id": request.target.client.id,
        "redirect_uri": request.target.redirect_uri,
        "state": request.target.state,
        "scope": request.scope,
        "resource": request.resource,
        "code_challenge": request.code_challenge,
        "thumbprint": request.thumbprint,
        "nonce": request.nonce,
        "mode": request.target.mode,
        "once": once.hex(),
        "expires_at": sources.now() + LIFETIME,
    }
    return seal_form(seal, carried, request.target.client, session=session, purpose=PURPOSE)


async def open_request(
    seal: Seal, text: str, clients: Clients, *, issuer: str, session: bytes, now: int
) -> AuthorizationRequest:
    """The request as it was shown. Raises PageError when it was not shown in this browser, or too long ago."""
    try:
        carried = open_form(seal, text, session=session, purpose=PURPOSE)
    except SealBroken as error:
        raise PageError("This form cannot be used", _AGAIN, status=403, reason="broken seal") from error
    except OtherSession as error:
        raise PageError("This form belongs to another sign-in", _AGAIN, status=403, reason="other session") from error
    if carried["expires_at"] <= now:
        raise PageError("This form has expired", f"It was shown more than ten minutes ago. {_AGAIN}")
    # Another process may have shown the form, with a newer copy of the client's document than is kept here.
    client = await clients.find(carried["client_id"], suffices=lambda found: digest_of(found) == carried["client"])
    if client is None:
        raise PageError(
            "This application is not known here", "It was removed while you were deciding. No access was granted."
        )
    if carried["client"] != digest_of(client):
        raise PageError(
            "This application has changed",
            "Its description changed while you were deciding. No access was granted. Start again there.",
        )
    return AuthorizationRequest(
        target=Target(client, carried["redirect_uri"], carried["state"], issuer, carried["mode"]),
        scope=carried["scope"],
        resource=carried["resource"],
        code_challenge=carried["code_challenge"],
        thumbprint=carried["thumbprint"],
        nonce=carried["nonce"],
        once=DecisionKey(bytes.fromhex(carried["once"]), carried["expires_at"]),
    )
