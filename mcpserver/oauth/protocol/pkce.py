"""Proof key for code exchange (RFC 7636), S256 only (OAuth 2.1 section 4.1.1)."""

import hashlib
import hmac
import re

from mcpbase import base64url

from .errors import InvalidGrant, InvalidRequest

# RFC 7636 section 4.2: the S256 challenge is 32 bytes in base64url, always 43 characters.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# RFC 7636 section 4.1: code-verifier = 43*128unreserved
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def require_challenge(challenge: str | None, method: str | None) -> str:
    """Check the parameters of the authorization request (RFC 7636 section 4.4.1). Raises InvalidRequest."""
    if challenge is None:
        raise InvalidRequest("PKCE is required: code_challenge is missing.")
    if method != "S256":
        raise InvalidRequest("PKCE is required with code_challenge_method S256; no other method is accepted.")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("The code_challenge is malformed: it must be 43 base64url characters without padding.")
    return challenge


def require_verifier(verifier: str | None, challenge: str) -> None:
    """Check the verifier of the token request (RFC 7636 section 4.6). Raises InvalidGrant."""
    if verifier is None:
        raise InvalidGrant("The code_verifier is missing.")
    if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(_challenge_of(verifier), challenge):
        raise InvalidGrant("The code_verifier does not match the code_challenge.")


def _challenge_of(verifier: str) -> str:
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())
