"""What each grant type redeems."""

from ...settings import Settings
from ..device_authorization import DEVICE_CODE
from ..token import Redeem
from .client_credentials import redeem_client_credentials
from .code import redeem_code
from .device import redeem_device_code
from .jwt_bearer import JWT_BEARER, redeem_assertion
from .refresh import redeem_refresh_token
from .token_exchange import TOKEN_EXCHANGE, redeem_token

REGISTRABLE = ("authorization_code", "refresh_token", DEVICE_CODE)
"""What a client may register for by itself, where the settings leave it on; anything beyond is for the operator to allow."""


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


def registrable_grants(settings: Settings) -> tuple[str, ...]:
    """What is left of ``REGISTRABLE``."""
    enabled = enabled_grants(settings)
    return tuple(name for name in REGISTRABLE if name in enabled)
