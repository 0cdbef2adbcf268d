"""The authorization request (OAuth 2.1 section 4.1.1), read in two phases.

Until client and redirect URI are proven a failure is a page; the type ``Target`` is that proof. After it, every failure goes back to the
client with ``state`` and ``iss``.
"""

from attrs import frozen

from ..sources import Sources
from .client_documents import is_address
from .clients import Clients
from .dpop import is_thumbprint
from .errors import (
    AccessDenied,
    ConsentRequired,
    InvalidRequest,
    OAuthError,
    PageError,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from .models import AuthorizationCode, Client, Grant
from .parameters import Parameters
from .pkce import require_challenge
from .redirects import require_redirect_uri, with_answer
from .resources import require_resource
from .scopes import OFFLINE_ACCESS, ScopeCatalog
from .secrets import SecretKind, digest, mint, random_text
from .store import OAuthStore

MAX_STATE = 16384
"""Characters of ``state`` that are carried back; clients that put documents there are told."""


_UNREGISTERED = "The application must register with this server before it can ask for access. Remove the connection in the application and add it again."
_UNDESCRIBED = "What it says of itself cannot be had from its address, or is not accepted here. Try again in a minute; if it stays like this, tell its makers."


@frozen
class Target:
    """Where answers go: a known client and one of its redirect URIs."""

    client: Client
    redirect_uri: str
    state: str | None
    issuer: str

    def answer(self, **parameters: str) -> str:
        """The redirect with an answer; ``iss`` exactly once (RFC 9207 section 2)."""
        return with_answer(self.redirect_uri, {**parameters, "state": self.state, "iss": self.issuer})

    def refusal(self, error: OAuthError) -> str:
        """The redirect with an error (OAuth 2.1 section 4.1.2.1)."""
        return self.answer(error=error.code, error_description=_wire_safe(error.description))


@frozen
class AuthorizationRequest:
    """A request that holds; ``prompts`` are its space-separated ``prompt`` values, ``thumbprint`` its ``dpop_jkt``."""

    target: Target
    scope: str
    resource: str
    code_challenge: str
    prompts: frozenset[str]
    thumbprint: str | None = None


async def prove_target(clients: Clients, parameters: Parameters, *, issuer: str) -> Target:
    """Phase one. Raises PageError."""
    try:
        client_id, redirect_uri = parameters.one("client_id"), parameters.one("redirect_uri")
    except InvalidRequest as error:
        raise PageError("This request is ambiguous", error.description) from error
    client = await _require_client(clients, client_id)
    states = parameters.all("state")
    return Target(client, require_redirect_uri(client, redirect_uri), states[0] if len(states) == 1 else None, issuer)


async def _require_client(clients: Clients, client_id: str | None) -> Client:
    if client_id is None:
        raise PageError("Who is asking is missing", "The request names no client_id, so nobody can say which application wants access.")
    client = await clients.find(client_id)
    if client is None:
        raise PageError(
            "This application is not known here", _UNDESCRIBED if is_address(client_id) else _UNREGISTERED, reason=f"unknown client_id {client_id!r}"
        )
    return client


def require_request(target: Target, parameters: Parameters, *, scopes: ScopeCatalog, resource: str, dpop: bool = False) -> AuthorizationRequest:
    """Phase two; without ``dpop`` a ``dpop_jkt`` is a parameter like any unknown one. Raises OAuthError, to be sent to the target."""
    _require_state(parameters)
    _require_no_request_object(parameters)
    _require_response_type(parameters)
    _require_authorization_code_client(target.client)
    return AuthorizationRequest(
        target=target,
        code_challenge=require_challenge(parameters.one("code_challenge"), parameters.one("code_challenge_method")),
        resource=require_resource(parameters.all("resource"), resource),
        scope=scopes.require(parameters.one("scope"), allowed=target.client.scope),
        prompts=_require_prompts(parameters),
        thumbprint=_require_thumbprint(parameters) if dpop else None,
    )


def _require_state(parameters: Parameters) -> None:
    if len(parameters.one("state") or "") > MAX_STATE:
        raise InvalidRequest(f"The state is longer than {MAX_STATE} characters.")


def _require_no_request_object(parameters: Parameters) -> None:
    """RFC 9101 and RFC 9126 are not offered here: nothing is fetched, nothing is parsed."""
    if "request" in parameters:
        raise RequestNotSupported("Request objects are not supported.")
    if "request_uri" in parameters:
        raise RequestUriNotSupported("The request_uri parameter is not supported.")


def _require_response_type(parameters: Parameters) -> None:
    if parameters.require("response_type") != "code":
        raise UnsupportedResponseType("The only response_type here is code.")
    if parameters.one("response_mode") not in (None, "query"):
        raise InvalidRequest("The only response_mode here is query.")


def _require_authorization_code_client(client: Client) -> None:
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("This client may not use the authorization code grant.")


def _require_prompts(parameters: Parameters) -> frozenset[str]:
    """OpenID Connect Core section 3.1.2.1: none stands alone."""
    prompts = frozenset((parameters.one("prompt") or "").split())
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("The prompt none cannot be combined with others.")
    return prompts


def _require_thumbprint(parameters: Parameters) -> str | None:
    """RFC 9449 section 10: the key that the code is to be bound to."""
    thumbprint = parameters.one("dpop_jkt")
    if thumbprint is not None and not is_thumbprint(thumbprint):
        raise InvalidRequest("dpop_jkt must be the SHA-256 thumbprint of a key.")
    return thumbprint


def require_interaction_allowed(request: AuthorizationRequest) -> None:
    """Consent is always asked for here, so a request that forbids asking fails. Raises ConsentRequired."""
    if "none" in request.prompts:
        raise ConsentRequired("The person must be asked, and the request forbids it.")


@frozen
class Lifetimes:
    """Seconds."""

    code: int
    grant: int


async def approve(store: OAuthStore, request: AuthorizationRequest, *, user_id: str, allowed: set[str], lifetimes: Lifetimes, sources: Sources) -> str:
    """Make one grant of what the person allowed, and its code; returns the redirect that carries the code.

    ``allowed`` are the scopes they ticked; what was not asked for is not granted. Raises AccessDenied when nothing is left,
    or when the person or the client is gone in the meantime.
    """
    scope = require_allowed(request.scope.split(), allowed)
    now = sources.now()
    client = request.target.client
    grant = Grant(
        id=random_text(sources, 16),
        user_id=user_id,
        client_id=client.id,
        scope=scope,
        resource=request.resource,
        created_at=now,
        expires_at=now + lifetimes.grant,
        thumbprint=request.thumbprint,
    )
    code = mint(SecretKind.CODE, sources)
    kept = AuthorizationCode(
        digest=digest(SecretKind.CODE, code),
        grant_id=grant.id,
        redirect_uri=request.target.redirect_uri,
        code_challenge=request.code_challenge,
        expires_at=now + lifetimes.code,
    )
    if not await store.add_grant(grant, kept, client=client):
        raise AccessDenied("The account or the application is no longer active.")
    return request.target.answer(code=code)


def require_allowed(asked: list[str], allowed: set[str]) -> str:
    """What of it was allowed. Raises AccessDenied when that is nothing.

    ``offline_access`` comes along with whatever was allowed: it is about the connection, which lasts until it is revoked.
    """
    if not any(name in allowed and name != OFFLINE_ACCESS.name for name in asked):
        raise AccessDenied("The person allowed none of the requested permissions.")
    return " ".join(name for name in asked if name in allowed or name == OFFLINE_ACCESS.name)


def _wire_safe(text: str) -> str:
    """OAuth 2.1 section 4.1.2.1: error_description is printable ASCII without quotes and backslashes."""
    return "".join(character if " " <= character <= "~" and character not in '"\\' else "?" for character in text)
