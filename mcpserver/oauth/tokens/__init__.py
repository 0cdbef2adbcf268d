"""Tokens: issued at the token endpoint, introspected and revoked.

``endpoint`` takes an authenticated client's form and hands it to the module of ``grants`` for its grant type, which
redeems it and returns the answer, with tokens that the endpoint's ``TokenIssuer`` mints (``access_token``,
``id_token``). Refresh tokens rotate in ``grants.refresh``. ``introspection`` is RFC 7662, ``revocation`` RFC 7009,
``id_jag`` the identity assertion grant.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .access_token import (
    LEEWAY,
    MAX_ACCESS_TOKEN_SIZE,
    AccessTokens,
    Claims,
    InvalidToken,
    acts_still,
    text_of,
    thumbprint_of,
)
from .endpoint import (
    Redeem,
    TokenAnswer,
    TokenIssuer,
    answer_token_request,
    may_refresh,
    require_bound_key,
    require_confidential,
    require_same_client,
    with_id_token,
)
from .id_jag import ID_JAG_PROFILE, ID_JAG_TYPE, IdentityAssertions
from .id_token import CLAIMS, ID_TOKEN_LIFETIME, ID_TOKEN_TYPE, OPENID, IdTokens, context_class, person_claims
from .introspection import INTROSPECTS, Introspection
from .revocation import revoke_token

__all__ = [
    "CLAIMS",
    "ID_JAG_PROFILE",
    "ID_JAG_TYPE",
    "ID_TOKEN_LIFETIME",
    "ID_TOKEN_TYPE",
    "INTROSPECTS",
    "LEEWAY",
    "MAX_ACCESS_TOKEN_SIZE",
    "OPENID",
    "AccessTokens",
    "Claims",
    "IdTokens",
    "IdentityAssertions",
    "Introspection",
    "InvalidToken",
    "Redeem",
    "TokenAnswer",
    "TokenIssuer",
    "acts_still",
    "answer_token_request",
    "context_class",
    "may_refresh",
    "person_claims",
    "require_bound_key",
    "require_confidential",
    "require_same_client",
    "revoke_token",
    "text_of",
    "thumbprint_of",
    "with_id_token",
]
