"""What a person has allowed a client before, and still does: when it need not be asked again, and what a step-up keeps."""

from attrs import evolve

from ...principal import covers
from ..protocol.errors import ConsentRequired
from ..protocol.scopes import OFFLINE_ACCESS, PROFILE, SIGN_IN, ScopeCatalog
from .request import AuthorizationRequest, Target


def require_standing(request: AuthorizationRequest, granted: list[str]) -> None:
    """A request that forbids asking (OpenID Connect Core section 3.1.2.1): one of the live grants, by their scopes, must cover it.

    Not for a client that another could pretend to be, as any program on the person's computer could: whoever uses its name now may not
    be who used it then (OAuth 2.1 section 7.3.1). Raises ConsentRequired.
    """
    if not _is_certain(request.target) or not any(_covers_all(scope.split(), request.scope.split()) for scope in granted):
        raise ConsentRequired("The person must be asked, and the request forbids it.")


def _is_certain(target: Target) -> bool:
    """One that nobody vouches for proves who it is, and is answered at a web address of its own."""
    authenticates, elsewhere = target.client.is_confidential, target.redirect_uri.startswith("https://")
    return reaches_nobody_else(target) if target.client.verified else authenticates and elsewhere


def reaches_nobody_else(target: Target) -> bool:
    """Whether an answer is of use to the client that is named alone: by its secret or keys, or by the web address it goes to."""
    return target.client.is_confidential or target.redirect_uri.startswith("https://")


def with_standing(request: AuthorizationRequest, granted: list[str], scopes: ScopeCatalog) -> AuthorizationRequest:
    """Who asks for something new keeps what was granted before (MCP 2026-07-28, authorization, step-up); who asks for less gets less.

    What belongs to OpenID Connect, where there is that, follows the request alone (Core sections 3.1.2.1 and 5.4): who does not ask
    who somebody is, is not told.
    """
    held, asked = set(" ".join(granted).split()), request.scope.split()
    if _covers_all(held, asked):
        return request
    allowed = request.target.client.scope
    kept = {name for name in held - _sign_in(scopes) if allowed is None or covers(allowed.split(), name)}
    return evolve(request, scope=scopes.order(kept.union(asked)))


def _sign_in(scopes: ScopeCatalog) -> set[str]:
    """``profile`` is of the tools alone where nobody signs in to other applications."""
    names = {scope.name for scope in SIGN_IN}
    return names | {PROFILE.name} if names <= set(scopes.names) else set()


def _covers_all(held: set[str] | list[str], asked: list[str]) -> bool:
    """``offline_access`` is about the connection and no permission of its own."""
    return all(covers(held, name) for name in asked if name != OFFLINE_ACCESS.name)
