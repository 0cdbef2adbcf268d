"""What each grant type redeems."""

from ..token import Redeem
from .code import redeem_code
from .refresh import redeem_refresh_token

GRANTS: dict[str, Redeem] = {"authorization_code": redeem_code, "refresh_token": redeem_refresh_token}
