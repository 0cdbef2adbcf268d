"""The authorization request (OAuth 2.1 section 4.1.1), read in two phases.

Until client and redirect URI are proven, an error is a page; a ``Target`` is that proof. After it, every error goes
back to the client with ``state`` and ``iss``.
"""

from collections.abc import Collection

from attrs import evolve, field, frozen

from ..clients import Clients
from ..keys import is_thumbprint
from ..protocol import (
    OPENID,
    Client,
    DecisionKey,
    InvalidRequest,
    OAuthError,
    PageError,
    Parameters,
    RequestNotSupported,
    RequestUriNotSupported,
    Resources,
    UnauthorizedClient,
    UnsupportedResponseType,
    is_address,
    is_web_address,
    require_challenge,
    require_redirect_uri,
)
from ..tokens import MAX_ACCESS_TOKEN_SIZE
from .id_token_hint import Hints
from .prompt import Prompting, read_prompting
from .response import FORM_POST, MODES, QUERY, AuthorizationResponse, mode_for

MAX_NONCE = 1024
MAX_STATE = 16384
"""Bytes of ``state`` that are sent back; a longer one is refused."""


PARAMETERS = {
    "client_id": 2048,
    "redirect_uri": 2048,
    "response_type": 64,
    "response_mode": 64,
    "scope": 4096,
    "state": MAX_STATE,
    "nonce": MAX_NONCE,
    "code_challenge": 256,
    "code_challenge_method": 64,
    "resource": 2048,
    "prompt": 256,
    "max_age": 64,
    "login_hint": 1024,
    "id_token_hint": MAX_ACCESS_TOKEN_SIZE,
    "dpop_jkt": 256,
    "request": 16384,
    "request_uri": 2048,
}
"""Known parameters, and the bytes of UTF-8 that one value may have; others are ignored (OAuth 2.1 section 3.1) and not
stored.
"""
MOST_VALUES = 20
"""Values of one parameter; only ``resource`` may have more than one."""

_UNREGISTERED = (
    "The application must register with this server before it can ask for access. Remove the connection "
    "in the application and add it again."
)
_UNREAD = (
    "The description of the application cannot be fetched, because this server does not fetch any."
    " Remove the connection in the application and add it again, so that the application registers itself."
)
_UNDESCRIBED = (
    "The description of the application cannot be fetched, or is not accepted here. Try again in a minute. If that "
    "does not help, tell its makers."
    " If this server has no outgoing network access, its operator can set client_documents = off. Then remove the "
    "connection in the application"
    " and add it again, so that the application registers itself."
)


@frozen
class Target:
    """Where responses go, and how: a known client and one of its redirect URIs."""

    client: Client
    redirect_uri: str
    state: str | None
    issuer: str
    mode: str = QUERY

    def answer(self, **parameters: str) -> AuthorizationResponse:
        """Return a response with ``state`` if there was one, and ``iss`` exactly once (RFC 9207 section 2)."""
        state = {} if self.state is None else {"state": self.state}
        return AuthorizationResponse(self.redirect_uri, {**parameters, **state, "iss": self.issuer}, self.mode)

    def refusal(self, error: OAuthError) -> AuthorizationResponse:
        """Return an error response (OAuth 2.1 section 4.1.2.1)."""
        return self.answer(error=error.code, error_description=_wire_safe(error.description))


@frozen
class AuthorizationRequest:
    """A valid request. ``thumbprint`` is its ``dpop_jkt``, ``nonce`` is for the ID token, ``once`` is its
    decision key.
    """

    target: Target
    scope: str
    resource: str
    code_challenge: str
    prompting: Prompting = field(factory=Prompting)
    thumbprint: str | None = None
    nonce: str | None = None
    once: DecisionKey | None = None


async def prove_target(
    clients: Clients, parameters: Parameters, *, issuer: str, modes: Collection[str] = MODES, openid: bool = False
) -> Target:
    """Phase one: return the target. ``modes`` are the response modes that are enabled; with ``openid``, the scope of
    that name means OpenID Connect.

    Raises PageError.
    """
    try:
        client_id, redirect_uri = parameters.one("client_id"), parameters.one("redirect_uri")
    except InvalidRequest as error:
        raise PageError("This request is ambiguous", error.description) from error
    client = await _require_client(clients, client_id)
    if openid and redirect_uri is None and any(OPENID.name in scope.split() for scope in parameters.all("scope")):
        # OpenID Connect Core section 3.1.2.1: REQUIRED, whatever OAuth leaves to a client with one redirect URI.
        raise PageError("The return address is missing", "A request with the scope openid must name its redirect_uri.")
    states, proven = parameters.all("state"), require_redirect_uri(client, redirect_uri)
    return Target(
        client,
        proven,
        states[0] if len(states) == 1 else None,
        issuer,
        mode_for(proven, parameters.all("response_mode"), modes),
    )


async def _require_client(clients: Clients, client_id: str | None) -> Client:
    if client_id is None:
        raise PageError(
            "The request names no application",
            "The client_id is missing, so this server cannot tell which application wants access.",
        )
    client = await clients.find(client_id)
    if client is None:
        raise PageError(
            "This application is not known here", _advice(clients, client_id), reason=f"unknown client_id {client_id!r}"
        )
    return client


def _advice(clients: Clients, client_id: str) -> str:
    if not is_address(client_id):
        return _UNREGISTERED
    return _UNREAD if clients.documents is None else _UNDESCRIBED


def require_request(
    target: Target,
    parameters: Parameters,
    resources: Resources,
    *,
    dpop: bool = False,
    modes: Collection[str] = MODES,
    hints: Hints | None = None,
) -> AuthorizationRequest:
    """Phase two: return the request. Without ``dpop`` or ``hints``, ``dpop_jkt`` or ``id_token_hint`` is ignored like
    any unknown parameter.

    Raises OAuthError, to be sent to the target.
    """
    require_bounded(parameters)
    parameters.one("state")  # twice is refused, like any
    _require_no_request_object(parameters)
    _require_response_type(parameters)
    _require_response_mode(parameters, target.redirect_uri, modes)
    _require_authorization_code_client(target.client)
    resource = resources.require(parameters.all("resource"))
    return AuthorizationRequest(
        target=target,
        code_challenge=require_challenge(parameters.one("code_challenge"), parameters.one("code_challenge_method")),
        resource=resource,
        scope=resources.require_scope(parameters.one("scope"), resource, allowed=target.client.scope),
        prompting=evolve(
            read_prompting(parameters),
            subject=None if hints is None else hints.require_subject(parameters, target.client),
        ),
        thumbprint=_require_thumbprint(parameters) if dpop else None,
        nonce=_require_nonce(parameters),
    )


def known_parameters(parameters: Parameters) -> Parameters:
    """Return the parameters that the authorization endpoint knows."""
    return Parameters((name, value) for name, value in parameters.pairs() if name in PARAMETERS)


def require_bounded(parameters: Parameters) -> None:
    """Check the sizes. Raises InvalidRequest."""
    for name, most in PARAMETERS.items():
        values = parameters.all(name)
        if len(values) > MOST_VALUES:
            raise InvalidRequest(f"The parameter {name} was sent more than {MOST_VALUES} times.")
        if any(len(value.encode("utf-8", "surrogatepass")) > most for value in values):
            raise InvalidRequest(f"The parameter {name} is longer than {most} bytes.")


def _require_no_request_object(parameters: Parameters) -> None:
    """Refuse request objects (RFC 9101), which are not supported. A pushed request (RFC 9126) has been put in place by
    now.
    """
    if "request" in parameters:
        raise RequestNotSupported("Request objects are not supported.")
    if "request_uri" in parameters:
        raise RequestUriNotSupported("The request_uri parameter is not supported.")


def _require_response_type(parameters: Parameters) -> None:
    if parameters.require("response_type") != "code":
        raise UnsupportedResponseType("The only response_type here is code.")


def _require_response_mode(parameters: Parameters, redirect_uri: str, modes: Collection[str]) -> None:
    mode = parameters.one("response_mode")
    if mode not in (None, *modes):
        raise InvalidRequest(f"The response_mode must be one of {', '.join(modes)}.")
    if mode == FORM_POST and not is_web_address(redirect_uri):
        raise InvalidRequest("The response_mode form_post needs a redirect_uri that is a web address.")


def _require_authorization_code_client(client: Client) -> None:
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("This client may not use the authorization code grant.")


def _require_nonce(parameters: Parameters) -> str | None:
    """Return the nonce, which comes back in the ID token as it is (OpenID Connect Core section 3.1.2.1)."""
    nonce = parameters.one("nonce")
    if len(nonce or "") > MAX_NONCE:
        raise InvalidRequest(f"The nonce is longer than {MAX_NONCE} characters.")
    return nonce


def _require_thumbprint(parameters: Parameters) -> str | None:
    """Return the thumbprint of the key that the code is to be bound to (RFC 9449 section 10)."""
    thumbprint = parameters.one("dpop_jkt")
    if thumbprint is not None and not is_thumbprint(thumbprint):
        raise InvalidRequest("dpop_jkt must be the SHA-256 thumbprint of a key.")
    return thumbprint


def _wire_safe(text: str) -> str:
    """Return the text as printable ASCII without quotes and backslashes, as error_description must be (OAuth 2.1
    section 4.1.2.1).
    """
    return "".join(character if " " <= character <= "~" and character not in '"\\' else "?" for character in text)
