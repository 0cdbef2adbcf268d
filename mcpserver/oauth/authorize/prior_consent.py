"""Earlier consent of a person to a client: when it need not be asked for again, and what a step-up keeps."""

from attrs import evolve

from ...principal import covers
from ..protocol import OFFLINE_ACCESS, PROFILE, SIGN_IN, ConsentRequired, ScopeCatalog
from .request import AuthorizationRequest, Target


def require_standing(request: AuthorizationRequest, granted: list[str]) -> None:
    """Require that a live grant covers a request that forbids asking (OpenID Connect Core section 3.1.2.1).

    This is not for a client that another program could pretend to be, such as one on the person's own computer (OAuth
    2.1 section 7.3.1). Raises ConsentRequired.
    """
    if not _is_certain(request.target) or not any(
        _covers_all(scope.split(), request.scope.split()) for scope in granted
    ):
        raise ConsentRequired("The person must be asked, and the request forbids it.")


def _is_certain(target: Target) -> bool:
    """Return whether a client that nobody vouches for authenticates and has a web address of its own."""
    authenticates, elsewhere = target.client.is_confidential, target.redirect_uri.startswith("https://")
    return reaches_nobody_else(target) if target.client.verified else authenticates and elsewhere


def reaches_nobody_else(target: Target) -> bool:
    """Return whether a response is of use to the named client alone: because of its credentials, or the web address it
    goes to.
    """
    return target.client.is_confidential or target.redirect_uri.startswith("https://")


def with_standing(request: AuthorizationRequest, granted: list[str], scopes: ScopeCatalog) -> AuthorizationRequest:
    """Return the request with the scopes granted before, when it asks for new ones (MCP 2026-07-28, authorization,
    step-up).

    A request for less gets less. Scopes of OpenID Connect are granted only when the request asks for them (Core
    sections 3.1.2.1 and 5.4).
    """
    held, asked = set(" ".join(granted).split()), request.scope.split()
    if _covers_all(held, asked):
        return request
    allowed = request.target.client.scope
    kept = {name for name in held - _sign_in(scopes) if allowed is None or covers(allowed.split(), name)}
    return evolve(request, scope=scopes.order(kept.union(asked)))


def _sign_in(scopes: ScopeCatalog) -> set[str]:
    """Return the scopes of OpenID Connect; ``profile`` is one of them only where people sign in to other
    applications.
    """
    names = {scope.name for scope in SIGN_IN}
    return names | {PROFILE.name} if names <= set(scopes.names) else set()


def _covers_all(held: set[str] | list[str], asked: list[str]) -> bool:
    """Return whether the grants cover the scopes; ``offline_access`` is about the connection and no permission of its
    own.
    """
    return all(covers(held, name) for name in asked if name != OFFLINE_ACCESS.name)
