"""Assertions: JWTs that a client signs about itself, or an issuer about a person or program (RFC 7521, RFC 7523 section
3).
"""

import json
import re
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from mcpbase import base64url

from .public_keys import CLIENT_KEY_ALGORITHMS, KnownKey
from .signing import BadSignature
from .verification import media_type, signed_claims

MAX_SIZE = 16384
"""Characters of an assertion; those that list a person's groups are long."""
MAX_HEADER = 8192
"""Characters of its header; those that carry a chain of certificates (x5c) have 3,000 to 7,000."""
LEEWAY = 30
"""Seconds by which the signer's clock may differ from the server's."""
LONGEST = 86400
"""Seconds that an assertion may be valid (RFC 7523 section 3, item 4)."""
MOST_CANDIDATES = 4
"""Signatures that are tried where the header names no key."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_LARGEST = 2**53


class InvalidAssertion(ValueError):
    """The assertion is invalid; the message is a sentence for its maker."""


class UnknownKey(InvalidAssertion):
    """The key that the header names is not among the known ones, so the signature cannot be checked."""


@frozen
class Assertion:
    """An assertion as it came. ``claimed`` are its claims before they are verified: for finding the key only.

    ``type`` is its ``typ`` as a media type (RFC 7515 section 4.1.9): in lower case, without ``application/``.
    """

    compact: str = field(repr=False)
    algorithm: str
    kid: str | None
    type: str | None
    claimed: Mapping[str, object] = field(repr=False)

    def verified(self, keys: Iterable[KnownKey]) -> Mapping[str, object]:
        """Return the claims once one of the keys has verified the signature. Raises InvalidAssertion."""
        candidates = [known for known in keys if known.suits(self.algorithm, self.kid)]
        if not candidates:
            raise UnknownKey("The assertion was signed with a key that is not known here.")
        for known in candidates[:MOST_CANDIDATES]:
            try:
                return signed_claims(self.compact, known.key, self.algorithm)
            except BadSignature:
                continue
        raise InvalidAssertion("The assertion's signature does not hold.")


def read_assertion(text: str) -> Assertion:
    """Parse an assertion. Raises InvalidAssertion."""
    _require(
        len(text) <= MAX_SIZE and text.find(".") <= MAX_HEADER and _COMPACT.fullmatch(text) is not None,
        "The assertion is not a signed JWT.",
    )
    header, claims = (_object(part) for part in text.split(".")[:2])
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in CLIENT_KEY_ALGORITHMS:
        raise InvalidAssertion(f"The assertion must be signed with one of {', '.join(CLIENT_KEY_ALGORITHMS)}.")
    _require("crit" not in header and "b64" not in header, "The assertion asks for what is not understood here.")
    return Assertion(text, algorithm, kid if isinstance(kid, str) else None, media_type(header.get("typ")), claims)


def require_audience(claims: Mapping[str, object], issuer: str) -> None:
    """Require this server as the only audience (draft-ietf-oauth-rfc7523bis section 4). Raises InvalidAssertion."""
    _require(claims.get("aud") in (issuer, [issuer]), f"The assertion's aud must be {issuer}, and nothing else.")


def require_fresh(claims: Mapping[str, object], *, now: int) -> int:
    """Check the times (RFC 7523 section 3, items 4 to 6); return the expiry in epoch seconds. Raises
    InvalidAssertion.
    """
    expires_at = require_instant(claims, "exp")
    _require(expires_at > now - LEEWAY, "The assertion has expired.")
    _require(expires_at <= now + LONGEST, f"The assertion's exp is more than {LONGEST} seconds ahead.")
    for name in ("iat", "nbf"):
        _require(
            name not in claims or require_instant(claims, name) <= now + LEEWAY,
            f"The assertion's {name} is ahead of the server's clock.",
        )
    return expires_at


def require_instant(claims: Mapping[str, object], name: str) -> int:
    """Return a NumericDate in whole seconds (RFC 7519 section 2). Raises InvalidAssertion."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LARGEST:
        raise InvalidAssertion(f"The assertion's {name} must be an instant in seconds.")
    return int(value)


def require_text(claims: Mapping[str, object], name: str, *, most: int = 1024) -> str:
    """Return a claim that is a text. Raises InvalidAssertion."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise InvalidAssertion(f"The assertion's {name} must be a text of at most {most} characters.")
    return value


def _object(part: str) -> Mapping[str, object]:
    try:
        value = json.loads(base64url.decode(part))
    except (ValueError, RecursionError) as error:
        raise InvalidAssertion("The assertion is not a signed JWT.") from error
    if not isinstance(value, dict):
        raise InvalidAssertion("The assertion is not a signed JWT.")
    return value


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise InvalidAssertion(message)
