"""What becomes of an authorization request: a grant and its code, or nothing (OAuth 2.1 section 4.1.2). Each request is decided once."""

from attrs import evolve, frozen

from ..sources import Sources
from .answers import Answer
from .authorization import AuthorizationRequest
from .errors import AccessDenied, PageError
from .models import AuthorizationCode, Grant
from .scopes import OFFLINE_ACCESS
from .secrets import SecretKind, digest, mint, random_text
from .store import OAuthStore


@frozen
class Lifetimes:
    """Seconds."""

    code: int
    grant: int


async def approve(
    store: OAuthStore, request: AuthorizationRequest, *, user_id: str, allowed: set[str], lifetimes: Lifetimes, sources: Sources, auth_time: int | None = None
) -> Answer:
    """Make one grant of what the person allowed, and its code; returns the answer that carries the code.

    ``auth_time`` is when they had signed in. ``allowed`` are the scopes they ticked; what was not asked for is not granted, and when
    nothing is left that is the answer.
    Raises AccessDenied when the person or the client is gone in the meantime, and PageError when the request was decided before.
    """
    try:
        scope = require_allowed(request.scope.split(), allowed)
    except AccessDenied as error:
        return await deny(store, request, error)
    grant = evolve(_grant(request, scope, user_id, lifetimes.grant, sources), auth_time=auth_time)
    code = mint(SecretKind.CODE, sources)
    kept = AuthorizationCode(
        digest=digest(SecretKind.CODE, code),
        grant_id=grant.id,
        redirect_uri=request.target.redirect_uri,
        code_challenge=request.code_challenge,
        expires_at=grant.created_at + lifetimes.code,
        nonce=request.nonce,
    )
    if not await store.add_grant(grant, kept, client=request.target.client, once=request.once):
        if request.once is not None and await store.is_decided(request.once.digest):
            raise _decided_before()
        raise AccessDenied("The account or the application is no longer active.")
    return request.target.answer(code=code)


async def deny(store: OAuthStore, request: AuthorizationRequest, error: AccessDenied) -> Answer:
    """The answer that the person does not allow it; that too is said once. Raises PageError when the request was decided before."""
    if request.once is not None and not await store.decide(request.once):
        raise _decided_before()
    return request.target.refusal(error)


def require_allowed(asked: list[str], allowed: set[str]) -> str:
    """What of it was allowed. Raises AccessDenied when that is nothing.

    ``offline_access`` comes along with whatever was allowed: it is about the connection, which lasts until it is revoked.
    """
    if not any(name in allowed and name != OFFLINE_ACCESS.name for name in asked):
        raise AccessDenied("The person allowed none of the requested permissions.")
    return " ".join(name for name in asked if name in allowed or name == OFFLINE_ACCESS.name)


def _grant(request: AuthorizationRequest, scope: str, user_id: str, lifetime: int, sources: Sources) -> Grant:
    now = sources.now()
    return Grant(
        id=random_text(sources, 16),
        user_id=user_id,
        client_id=request.target.client.id,
        scope=scope,
        resource=request.resource,
        created_at=now,
        expires_at=now + lifetime,
        thumbprint=request.thumbprint,
    )


def _decided_before() -> PageError:
    message = "This form was sent before, and what you decided then holds. If the application is still waiting, start again there."
    return PageError("You have decided already", message, reason="consent form posted twice")
