"""The resource server: whether an access token is good, and what is answered when it is not.

A call comes to ``server``; ``token_cache`` remembers tokens that were verified, others go to ``local_verifier`` (our
own tokens) or ``external_verifiers`` (another issuer's, as JWT or by introspection). ``server`` also asks the store
for grants that other processes revoked (``poll_revocations``), and forgets their tokens. ``challenges`` writes
``WWW-Authenticate`` (RFC 6750, RFC 9728).

It may import ``accounts``, ``oauth.keys``, ``oauth.protocol``, ``oauth.tokens``, ``processes`` and the value modules at
the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .external_verifiers import IntrospectedTokens, IntrospectionCredentials, JwtTokens, Trust
from .local_verifier import OwnTokens
from .readiness import Trouble
from .server import ResourceServer

__all__ = [
    "IntrospectedTokens",
    "IntrospectionCredentials",
    "JwtTokens",
    "OwnTokens",
    "ResourceServer",
    "Trouble",
    "Trust",
]
