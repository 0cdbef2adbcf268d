"""What becomes of an authorization request: a grant and its code, or nothing (OAuth 2.1 section 4.1.2).

Each request is decided once.
"""

import hmac
import json

from attrs import asdict, evolve, frozen

from mcpbase.seal import Seal

from ...accounts import Session
from ...secrets import SecretKind, digest, mint, random_text
from ...sources import Sources
from ..protocol import (
    OFFLINE_ACCESS,
    AccessDenied,
    AuthorizationCode,
    Client,
    DecisionKey,
    Grant,
    OAuthStore,
    PageError,
)
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
    """What keeping a decision needs."""

    store: OAuthStore
    seal: Seal
    sources: Sources
    lifetimes: Lifetimes

    def new_grant(
        self, session: Session, client: Client, *, scope: str, resource: str, thumbprint: str | None = None
    ) -> Grant:
        """A grant of what the person of a session allowed a client."""
        now = self.sources.now()
        return Grant(
            id=random_text(self.sources, 16),
            user_id=session.user_id,
            client_id=client.id,
            scope=scope,
            resource=resource,
            created_at=now,
            expires_at=now + self.lifetimes.grant,
            thumbprint=thumbprint,
            auth_time=session.created_at,
            session_id=session.id,
        )


async def approve(
    decider: Decider, request: AuthorizationRequest, allowed: set[str], *, session: Session
) -> AuthorizationResponse:
    """Make one grant of what the person allowed, and its code; returns the answer that carries the code.

    ``allowed`` are the scopes that they ticked in this session; what was not asked for is not granted, and when
    nothing is left, the answer says that. A request is decided once: who sends the same decision again gets the same
    answer. Raises AccessDenied when the person or the client is gone in the meantime, and PageError when it was decided
    otherwise, or in another session.
    """
    try:
        scope = require_allowed(request.scope.split(), allowed)
    except AccessDenied as error:
        return await deny(decider, request, error, session=session)
    target = request.target
    grant = decider.new_grant(
        session, target.client, scope=scope, resource=request.resource, thumbprint=request.thumbprint
    )
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
    if await decider.store.add_grant(
        grant, kept, client=request.target.client, once=_with_answer(decider, request, answer, session)
    ):
        return answer
    before = await _answer_of_before(decider, request, answer, session)
    if before is None:
        raise AccessDenied("The account, the session or the application is no longer active.")
    return before


async def deny(
    decider: Decider, request: AuthorizationRequest, error: AccessDenied, *, session: Session
) -> AuthorizationResponse:
    """The answer that the person does not allow it; that too is said once. Raises PageError like ``approve``."""
    answer = request.target.refusal(error)
    once = _with_answer(decider, request, answer, session)
    if once is None or await decider.store.decide(once):
        return answer
    return await _answer_of_before(decider, request, answer, session) or answer


def _with_answer(
    decider: Decider, request: AuthorizationRequest, answer: AuthorizationResponse, session: Session
) -> DecisionKey | None:
    """The answer is kept, so that two clicks on one button do not lose it, and sealed, as it may hold a code."""
    if request.once is None:
        return None
    carried = {"session": session.digest.hex(), **asdict(answer)}
    return evolve(request.once, answer=decider.seal.seal(json.dumps(carried).encode(), purpose=_PURPOSE))


async def _answer_of_before(
    decider: Decider, request: AuthorizationRequest, answer: AuthorizationResponse, session: Session
) -> AuthorizationResponse | None:
    """None when the request was not decided.

    Raises PageError when it was, but otherwise, or in a session for which the answer is not.
    """
    sealed = None if request.once is None else await decider.store.find_answer(request.once.digest)
    if sealed is None:
        return None
    carried = json.loads(decider.seal.open(sealed, purpose=_PURPOSE))
    of_session, before = bytes.fromhex(carried.pop("session")), AuthorizationResponse(**carried)
    if not hmac.compare_digest(of_session, session.digest) or ("code" in before.parameters) != (
        "code" in answer.parameters
    ):
        message = "Your first answer applies. If the application is still waiting, start again there."
        raise PageError("You already answered this request", message, reason="request decided before")
    return before


def require_allowed(asked: list[str], allowed: set[str]) -> str:
    """What of it was allowed. Raises AccessDenied when that is nothing.

    ``offline_access`` comes along with whatever was allowed: it is about the connection, which lasts until it is
    revoked.
    """
    if not any(name in allowed and name != OFFLINE_ACCESS.name for name in asked):
        raise AccessDenied("The person allowed none of the requested permissions.")
    return " ".join(name for name in asked if name in allowed or name == OFFLINE_ACCESS.name)
