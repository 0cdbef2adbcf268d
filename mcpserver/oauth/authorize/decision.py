"""What becomes of an authorization request: a grant and its code, or nothing (OAuth 2.1 section 4.1.2). Each request is decided once."""

import hmac
import json

from attrs import asdict, evolve, frozen

from mcpbase.seal import Seal

from ...accounts.models import Session
from ...secrets import SecretKind, digest, mint, random_text
from ...sources import Sources
from ..protocol.errors import AccessDenied, PageError
from ..protocol.models import AuthorizationCode, DecisionKey, Grant
from ..protocol.scopes import OFFLINE_ACCESS
from ..protocol.stores import OAuthStore
from .request import AuthorizationRequest
from .response import AuthorizationResponse

_PURPOSE = "answer"


@frozen
class Lifetimes:
    """Seconds."""

    code: int
    grant: int


@frozen
class Decider:
    """Who decides, in which session of theirs, and what deciding needs."""

    store: OAuthStore
    seal: Seal
    sources: Sources
    lifetimes: Lifetimes
    session: Session


async def approve(decider: Decider, request: AuthorizationRequest, allowed: set[str]) -> AuthorizationResponse:
    """Make one grant of what the person allowed, and its code; returns the answer that carries the code.

    ``allowed`` are the scopes they ticked; what was not asked for is not granted, and when nothing is left that is the answer. A request
    is decided once: who sends the same decision again gets the same answer. Raises AccessDenied when the person or the client is gone in
    the meantime, and PageError when it was decided otherwise, or in another session.
    """
    try:
        scope = require_allowed(request.scope.split(), allowed)
    except AccessDenied as error:
        return await deny(decider, request, error)
    grant = _grant(decider, request, scope)
    code = mint(SecretKind.CODE, decider.sources)
    kept = AuthorizationCode(
        digest=digest(SecretKind.CODE, code),
        grant_id=grant.id,
        redirect_uri=request.target.redirect_uri,
        code_challenge=request.code_challenge,
        expires_at=grant.created_at + decider.lifetimes.code,
        nonce=request.nonce,
    )
    answer = request.target.answer(code=code)
    if await decider.store.add_grant(grant, kept, client=request.target.client, once=_with_answer(decider, request, answer)):
        return answer
    before = await _answer_of_before(decider, request, answer)
    if before is None:
        raise AccessDenied("The account, the session or the application is no longer active.")
    return before


async def deny(decider: Decider, request: AuthorizationRequest, error: AccessDenied) -> AuthorizationResponse:
    """The answer that the person does not allow it; that too is said once. Raises PageError like ``approve``."""
    answer = request.target.refusal(error)
    once = _with_answer(decider, request, answer)
    if once is None or await decider.store.decide(once):
        return answer
    return await _answer_of_before(decider, request, answer) or answer


def _with_answer(decider: Decider, request: AuthorizationRequest, answer: AuthorizationResponse) -> DecisionKey | None:
    """The answer rests sealed, as it may hold a code: two clicks on one button must not lose it."""
    if request.once is None:
        return None
    carried = {"session": decider.session.digest.hex(), **asdict(answer)}
    return evolve(request.once, answer=decider.seal.seal(json.dumps(carried).encode(), purpose=_PURPOSE))


async def _answer_of_before(decider: Decider, request: AuthorizationRequest, answer: AuthorizationResponse) -> AuthorizationResponse | None:
    """None when the request was not decided. Raises PageError when it was, but otherwise, or in a session for which the answer is not."""
    sealed = None if request.once is None else await decider.store.find_answer(request.once.digest)
    if sealed is None:
        return None
    carried = json.loads(decider.seal.open(sealed, purpose=_PURPOSE))
    session, before = bytes.fromhex(carried.pop("session")), AuthorizationResponse(**carried)
    if not hmac.compare_digest(session, decider.session.digest) or ("code" in before.parameters) != ("code" in answer.parameters):
        message = "Your first answer applies. If the application is still waiting, start again there."
        raise PageError("You already answered this request", message, reason="request decided before")
    return before


def require_allowed(asked: list[str], allowed: set[str]) -> str:
    """What of it was allowed. Raises AccessDenied when that is nothing.

    ``offline_access`` comes along with whatever was allowed: it is about the connection, which lasts until it is revoked.
    """
    if not any(name in allowed and name != OFFLINE_ACCESS.name for name in asked):
        raise AccessDenied("The person allowed none of the requested permissions.")
    return " ".join(name for name in asked if name in allowed or name == OFFLINE_ACCESS.name)


def _grant(decider: Decider, request: AuthorizationRequest, scope: str) -> Grant:
    now = decider.sources.now()
    return Grant(
        id=random_text(decider.sources, 16),
        user_id=decider.session.user_id,
        client_id=request.target.client.id,
        scope=scope,
        resource=request.resource,
        created_at=now,
        expires_at=now + decider.lifetimes.grant,
        thumbprint=request.thumbprint,
        auth_time=decider.session.created_at,
        session_id=decider.session.id,
    )
