"""Requests to the token and revocation endpoints (RFC 6749 section 5, RFC 7009, RFC 9449 section 5)."""

from urllib.parse import urlencode

from attrs import evolve, field, frozen

from ..cause_code import CauseCode
from ..errors import TokenRefused
from ..fetcher import Response
from ..json_text import JsonObject
from ..trace import AUTH, CLIENT, Chapter, Notes
from .client_authentication import authenticated
from .context import FlowContext
from .dpop import proof
from .grants import CODE, REFRESH, RULES, TOKEN_EXCHANGE
from .protocol import Credentials, Key, TokenResponse, Tokens
from .unexpected_answer import complaint_of, instead

SHOWN = ("access_token", "token_type", "expires_in", "scope", "refresh_token", "issued_token_type")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
NONCE_WANTED = "use_dpop_nonce"
ABOUT_PROOFS = frozenset({NONCE_WANTED, "invalid_dpop_proof"})
CAUSES = {
    **dict.fromkeys(ABOUT_PROOFS, CauseCode.DPOP),
    "invalid_client": CauseCode.INVALID_CLIENT,
    "invalid_grant": CauseCode.INVALID_GRANT,
    "invalid_scope": CauseCode.INVALID_SCOPE,
    "invalid_target": CauseCode.INVALID_TARGET,
    "unauthorized_client": CauseCode.UNAUTHORIZED_CLIENT,
}
"""Causes by OAuth error code (RFC 6749 section 5.2, RFC 8707 section 2, RFC 9449 section 5)."""


@frozen
class TokenRequest:
    """One token request.

    ``issuer`` is the audience; ``proof_key`` is the key to bind the token to; ``typed`` says that a person typed the
    endpoint.
    """

    title: str
    endpoint: str
    issuer: str
    credentials: Credentials
    form: dict[str, str] = field(repr=False)
    meaning: str
    proof_key: Key | None = field(default=None, repr=False)
    typed: bool = False


@frozen
class TokenEndpoint:
    """Sends token and revocation requests. Records each hop in the trace."""

    reach: FlowContext

    async def send(self, request: TokenRequest) -> TokenResponse:
        """Send the request and return the token response.

        When the server demands a DPoP nonce, the request is repeated once with it (RFC 9449 section 8). Raises
        TokenRefused, Unreachable.
        """
        return await self._send(request, repeats=request.proof_key is not None)

    async def _send(self, request: TokenRequest, *, repeats: bool) -> TokenResponse:
        grant = request.form["grant_type"]
        rule, chapter = RULES[grant], Chapter.TOKEN if grant in (CODE, REFRESH) else Chapter.TOKEN_WITHOUT_PERSON
        async with self.reach.trace.hop(
            CLIENT, AUTH, chapter, request.title, method="POST", url=request.endpoint, rule=rule
        ) as notes:
            response = await self._post(request, notes)
            if not repeats or not _wants_nonce(response):
                return _read(response, request, notes)
            notes.outcome, notes.meaning = (
                "info",
                "The server requires a nonce in the DPoP proof, so that old proofs cannot be used, and sent one. "
                "The client tries again with it.",
            )
        return await self._send(request, repeats=False)

    async def _post(self, request: TokenRequest, notes: Notes) -> Response:
        proved, form = authenticated(request.credentials, request.form, request.issuer, self.reach.sources)
        headers = {**FORM, **proved}
        if request.proof_key:
            headers["DPoP"] = proof(
                request.proof_key,
                self.reach.sources,
                "POST",
                request.endpoint,
                nonce=self.reach.nonces.of(request.endpoint),
            )
        notes.sends({**form, "authorization": headers.get("Authorization"), "DPoP": headers.get("DPoP")})
        response = await self.reach.fetch(
            notes,
            "POST",
            request.endpoint,
            headers,
            urlencode(form).encode(),
            typed=request.endpoint if request.typed else "",
        )
        self.reach.nonces.learn(request.endpoint, response.headers.get("DPoP-Nonce"))
        return response

    def read(self, response: TokenResponse, before: Tokens) -> Tokens:
        """The tokens in a response; members that it leaves out keep their values from ``before`` (RFC 6749 sections 5.1
        and 6). An expiry that it leaves out becomes None.
        """
        lifetime = response.expires_in
        return evolve(
            before,
            access_token=response.access_token,
            refresh_token=response.refresh_token or before.refresh_token,
            expires_at=None if lifetime is None else int(self.reach.sources.now() + lifetime),
            scopes=before.scopes if response.scopes is None else response.scopes,
            kind="DPoP" if response.token_type == "dpop" else "Bearer",
        )

    async def revoke(self, tokens: Tokens) -> None:
        """Revoke the refresh token if there is one, else the access token (RFC 7009 section 2.1).

        Does nothing when the server has no revocation endpoint. Raises Unreachable, TokenRefused.
        """
        if tokens.revocation_endpoint is None:
            return
        hint = "refresh_token" if tokens.refresh_token else "access_token"
        form = {"token": tokens.refresh_token or tokens.access_token, "token_type_hint": hint}
        title, url = "Revoke the token", tokens.revocation_endpoint
        async with self.reach.trace.hop(
            CLIENT, AUTH, Chapter.LEAVING, title, method="POST", url=url, rule="RFC 7009 section 2.1"
        ) as notes:
            response = await self._post(TokenRequest(title, url, tokens.issuer, tokens.credentials, form, ""), notes)
            if not response.succeeded:
                raise TokenRefused(
                    f"The authorization server did not confirm that the token is revoked (status {response.status}).",
                    cause=_cause(response),
                )
            notes.meaning = "The authorization server revoked the permission that you had granted."


def _read(response: Response, request: TokenRequest, notes: Notes) -> TokenResponse:
    """The token response, noted in the trace. Raises TokenRefused."""
    answer = require_token_response(response, request)
    document = response.json_object() or {}
    notes.receives({name: document.get(name) for name in SHOWN})
    notes.meaning = request.meaning
    return answer


def _wants_nonce(response: Response) -> bool:
    """Whether the server demands a DPoP nonce and sent one (RFC 9449 section 8)."""
    return (
        response.status in (400, 401)
        and (response.json_object() or {}).get("error") == NONCE_WANTED
        and "DPoP-Nonce" in response.headers
    )


def _refusal(response: Response, document: JsonObject) -> TokenRefused:
    """The error for a refusal. Some servers send errors with status 200, or an object in place of the code; both are
    read.
    """
    return TokenRefused(
        f"The authorization server issued no token: {complaint_of(response)}",
        _error_code(document)[:100],
        _cause(response),
    )


def _error_code(document: JsonObject) -> str:
    error = document.get("error")
    named = error.get("code") if isinstance(error, dict) else error
    return named if isinstance(named, str) else ""


def _cause(response: Response) -> CauseCode | None:
    """The cause of a refusal; None when neither the error code nor the status is specific."""
    code = _error_code(response.json_object() or {})
    if _of_client(response, code):
        return CauseCode.INVALID_CLIENT
    if code:
        return CAUSES.get(code)
    return CauseCode.NO_TOKEN_ENDPOINT if response.status in (404, 405) else instead(response).cause


def _of_client(response: Response, code: str) -> bool:
    """Whether the client could not be authenticated, which 401 says (RFC 6749 section 5.2).

    Keycloak sends unauthorized_client with it when the secret is wrong.
    """
    return response.status == 401 and code not in ABOUT_PROOFS


def _missing(response: Response, document: JsonObject) -> str:
    inside = next(
        (name for name, value in document.items() if isinstance(value, dict) and "access_token" in value), None
    )
    if inside is not None:
        return f"its access_token is one level too deep, in {inside[:40]}"
    return "its response has no usable access_token" if document else instead(response).words


def require_token_response(response: Response, request: TokenRequest) -> TokenResponse:
    """Check a token response (RFC 6749 sections 5.1 and 5.2, RFC 9449 section 5). A token without the binding that was
    requested is not used. Raises TokenRefused.
    """
    document = response.json_object() or {}
    if not response.succeeded or (document.get("error") and "access_token" not in document):
        raise _refusal(response, document)
    token = document.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
        raise TokenRefused(
            f"The authorization server accepted the request but sent no access token: {_missing(response, document)}.",
            cause=instead(response).cause or CauseCode.TOKEN_ANSWER,
        )
    answer = TokenResponse.read(document)
    if request.form["grant_type"] != TOKEN_EXCHANGE:
        _require_kind(answer, request)
    return answer


def _require_kind(answer: TokenResponse, request: TokenRequest) -> None:
    """Raises TokenRefused unless the token is of the kind that was requested: bound (DPoP), or a bearer token."""
    if request.proof_key and answer.token_type == "bearer":
        raise TokenRefused(
            "The authorization server sent a token that is not bound to this client's key, although the client "
            "requested a bound one (DPoP).",
            cause=CauseCode.TOKEN_ANSWER,
        )
    if not answer.token_type:
        raise TokenRefused(
            "The authorization server sent a token without the required token_type.",
            cause=CauseCode.TOKEN_ANSWER,
        )
    if answer.token_type != ("dpop" if request.proof_key else "bearer"):
        raise TokenRefused(
            "The authorization server sent a type of token that this client does not support; it supports bearer "
            "tokens only.",
            cause=CauseCode.TOKEN_ANSWER,
        )
