"""Bearer tokens at the authorization server's own endpoints (RFC 6750), for those who register and manage clients."""

from collections.abc import Sequence

from .errors import BearerError


def read_bearer(authorization: Sequence[str]) -> str:
    """The token of a request's one Authorization header. Raises BearerError."""
    scheme, _, token = authorization[0].strip().partition(" ") if len(authorization) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        # RFC 6750 section 3.1: who shows no token is told no error.
        raise BearerError(status=401, code=None, description="Send a token in the Authorization header, with the scheme Bearer.", www_authenticate="Bearer")
    return token.strip()


def invalid_token(description: str) -> BearerError:
    """RFC 6750 section 3.1."""
    challenge = f'Bearer error="invalid_token", error_description="{description}"'
    return BearerError(status=401, code="invalid_token", description=description, www_authenticate=challenge)
