"""The grant types of the token endpoint, one module each.

``enabled_grants`` maps the names of the grant types that are switched on to their functions. Each function takes
the token issuer, the client and its form, consumes what was presented in one conditional change, and returns the
token response.

It may import ``oauth.keys``, ``oauth.protocol``, ``oauth.tokens`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from ....settings import Settings
from ...protocol import DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE
from .. import Redeem
from .client_credentials import redeem_client_credentials
from .code import redeem_code
from .device import redeem_device_code
from .jwt_bearer import redeem_assertion
from .refresh import redeem_refresh_token
from .token_exchange import redeem_token


def enabled_grants(settings: Settings) -> dict[str, Redeem]:
    """By grant type, what the settings leave on; nothing else is advertised or accepted."""
    grants: dict[str, Redeem] = {"authorization_code": redeem_code, "refresh_token": redeem_refresh_token}
    if settings.client_credentials:
        grants["client_credentials"] = redeem_client_credentials
    if settings.identity_providers or settings.workload_identities:
        grants[JWT_BEARER] = redeem_assertion
    if settings.device_authorization:
        grants[DEVICE_CODE] = redeem_device_code
    if settings.token_exchange:
        grants[TOKEN_EXCHANGE] = redeem_token
    return grants
