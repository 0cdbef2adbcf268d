"""Names of grant types that are URNs, and which of them a client may register for by itself."""

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
"""The grant type (section 3.4)."""


JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


REGISTRABLE = ("authorization_code", "refresh_token", DEVICE_CODE)
"""Grant types that a client may register for by itself, if the settings enable them; others are for the operator to
allow.
"""
