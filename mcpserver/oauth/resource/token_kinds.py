"""Distinguishes access tokens from the other tokens of an issuer (RFC 9068 section 5, RFC 8725 section 3.11).

An ID token is for the client, a refresh token for the issuer.
"""

from collections.abc import Mapping

from ..tokens import InvalidToken

_KIND = "urn:ietf:params:oauth:token-type:"
_ACCESS = frozenset({"access", "access_token", "access-token", "accesstoken", "at+jwt", "bearer", "dpop", "pop", "jwt"})
_NAMES = ("typ", "token_use", "token_type")
"""As claims: Keycloak writes ``typ`` (Bearer, DPoP; ID, Refresh, Offline), Cognito, Hydra and dex ``token_use``, others
``token_type`` (RFC 7662 section 2.2)."""
_OF_ID_TOKENS = ("c_hash", "nonce", "at_hash", "s_hash")
"""OpenID Connect Core sections 2 and 3.3.2.11: what binds an ID token to the request or the answer that it came
with.
"""
_OF_ACCESS_TOKENS = ("scope", "scp", "client_id", "cid", "appid", "roles")
"""RFC 9068 section 2.2, and what vendors write instead: not in ID tokens, which say what was asked by nothing but
their claims.
"""


def require_access_token(members: Mapping[str, object], *, alike: bool = False) -> None:
    """Refuse a token that its issuer made for another purpose. Raises InvalidToken.

    ``alike``: this issuer's access tokens look like ID tokens (dex), with ``nonce`` and ``at_hash``, but without
    ``c_hash``.
    """
    for name in _NAMES:
        kind = members.get(name)
        if isinstance(kind, str) and kind.lower().removeprefix(_KIND) not in _ACCESS:
            raise InvalidToken("This is not an access token.", reason=f"its {name} is {kind!r}")
    found = [name for name in _OF_ID_TOKENS if members.get(name) is not None]
    if "c_hash" in found or (found and not alike and not any(members.get(name) for name in _OF_ACCESS_TOKENS)):
        raise InvalidToken(
            "This is not an access token.",
            reason=f"it has {' and '.join(found)}, as ID tokens do"
            + ("" if alike else "; where access tokens do too (dex), set access_tokens_like_id_tokens"),
        )
