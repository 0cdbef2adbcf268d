"""Errors of the authorization server and the resource server, one class for each error code.

``description`` goes to the client: a sentence that a person can act on. ``reason`` goes into the log; neither holds a
secret.
"""

from attrs import frozen


class OAuthError(Exception):
    """An error response of an OAuth endpoint (RFC 6749 section 5.2), with its HTTP status."""

    code = "invalid_request"
    status = 400
    routine = False
    """Whether clients that do everything right get this error too, so that the operator need not be warned."""
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""

    def __init__(self, description: str, *, reason: str | None = None) -> None:
        super().__init__(reason or description)
        self.description = description
        self.reason = reason or description


class InvalidRequest(OAuthError):
    code = "invalid_request"


class InvalidClient(OAuthError):
    """RFC 6749 section 5.2."""

    code = "invalid_client"
    status = 401


class TemporarilyUnavailable(OAuthError):
    """The same request may succeed later: OAuth 2.1 section 4.1.2.1 has the name; sent with status 503."""

    code = "temporarily_unavailable"
    status = 503


class TooManyClients(TemporarilyUnavailable):
    """No room for another client (RFC 6585 section 4; RFC 7591 has no name for it)."""

    status = 429
    retry_after = 3600


class TooManyRequests(TemporarilyUnavailable):
    """Too many requests (RFC 6585 section 4); ``retry_after`` in seconds."""

    status = 429

    def __init__(self, retry_after: int, *, reason: str | None = None) -> None:
        super().__init__("Too many requests. Wait a moment, then try again.", reason=reason)
        self.retry_after = retry_after


class InvalidGrant(OAuthError):
    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    code = "unsupported_grant_type"


class UnsupportedTokenType(OAuthError):
    """RFC 7009 section 2.2.1."""

    code = "unsupported_token_type"


class UnsupportedResponseType(OAuthError):
    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    code = "invalid_scope"


class AccessDenied(OAuthError):
    """RFC 6749 section 4.1.2.1, and RFC 8628 section 3.5 for a device."""

    code = "access_denied"


class InvalidTarget(OAuthError):
    """RFC 8707 section 2."""

    code = "invalid_target"


class InvalidRedirectUri(OAuthError):
    """RFC 7591 section 3.2.2."""

    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    """RFC 7591 section 3.2.2."""

    code = "invalid_client_metadata"


class InvalidSoftwareStatement(OAuthError):
    """RFC 7591 section 3.2.2."""

    code = "invalid_software_statement"


class InvalidDpopProof(OAuthError):
    """RFC 9449 section 5."""

    code = "invalid_dpop_proof"


class UseDpopNonce(OAuthError):
    """The request must be repeated with ``nonce`` in the proof (RFC 9449 section 8)."""

    code = "use_dpop_nonce"
    routine = True

    def __init__(self, nonce: str) -> None:
        super().__init__("The proof must carry the nonce of the DPoP-Nonce header.")
        self.nonce = nonce


class AuthorizationPending(OAuthError):
    """Nobody has decided yet (RFC 8628 section 3.5)."""

    code = "authorization_pending"
    routine = True


class SlowDown(OAuthError):
    """Nobody has decided yet, and the device polls too often (RFC 8628 section 3.5)."""

    code = "slow_down"


class ExpiredToken(OAuthError):
    """RFC 8628 section 3.5."""

    code = "expired_token"


class RequestNotSupported(OAuthError):
    """OpenID Connect Core section 3.1.2.6."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """OpenID Connect Core section 3.1.2.6."""

    code = "request_uri_not_supported"


class LoginRequired(OAuthError):
    """OpenID Connect Core section 3.1.2.6."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """OpenID Connect Core section 3.1.2.6."""

    code = "consent_required"


class PageError(Exception):
    """An error before the redirect target is proven: shown as a page, never sent by redirect (OAuth 2.1 section
    4.1.2.1).
    """

    def __init__(self, title: str, message: str, *, status: int = 400, reason: str | None = None) -> None:
        super().__init__(reason or message)
        self.title = title
        self.message = message
        self.status = status
        self.reason = reason or message


@frozen(auto_exc=True, kw_only=True)
class BearerError(Exception):
    """An error at the resource (RFC 6750 section 3.1). ``code`` is None when no token was presented.

    With an empty ``www_authenticate`` the fault is the server's and not the token's. ``nonce`` is for the next proof
    (RFC 9449 section 9).
    """

    status: int
    code: str | None
    description: str
    www_authenticate: str
    nonce: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the response."""
        challenge = {"Retry-After": "30"} if not self.www_authenticate else {"WWW-Authenticate": self.www_authenticate}
        headers = {**challenge, "Cache-Control": "no-store"}
        return headers if self.nonce is None else {**headers, "DPoP-Nonce": self.nonce}
