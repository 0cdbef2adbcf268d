"""Bearer tokens at the authorization server's own endpoints for registering and managing clients (RFC 6750)."""

from collections.abc import Sequence

from .errors import BearerError


def read_bearer(authorization: Sequence[str]) -> str:
    """Return the token of a request's only Authorization header. Raises BearerError."""
    scheme, _, token = authorization[0].strip().partition(" ") if len(authorization) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        # RFC 6750 section 3.1: no error code for a request without a token.
        raise BearerError(
            status=401,
            code=None,
            description="Send a token in the Authorization header, with the scheme Bearer.",
            www_authenticate="Bearer",
        )
    return token.strip()


def invalid_token(description: str) -> BearerError:
    """Return the error of RFC 6750 section 3.1."""
    challenge = f'Bearer error="invalid_token", error_description="{description}"'
    return BearerError(status=401, code="invalid_token", description=description, www_authenticate=challenge)
