"""Limits on attempts other than sign-in, by address. Those of sign-in are in ``mcpbase.sign_in.throttle``."""

from mcpbase.sign_in import Allowance, Allowances

USER_CODES = Allowances(
    pair=Allowance(burst=5, seconds=120),
    account=Allowance(burst=5, seconds=120),
    address=Allowance(burst=50, seconds=10),
)
"""Ten wrong codes of a device in the ten minutes that one is good for, by one person (RFC 8628 section 5.1)."""
NO_LIMIT = Allowance(burst=10**9, seconds=1)
"""For all addresses together: strangers could use up any other.

What they cost together is bounded where it is kept, each having a share of it.
"""
DEVICES = Allowances(pair=Allowance(burst=200, seconds=1), account=NO_LIMIT, address=Allowance(burst=200, seconds=1))
"""Device authorization requests from one address: each is a row, and anybody may send one."""
PUSHES = Allowances(pair=Allowance(burst=1000, seconds=1), account=NO_LIMIT, address=Allowance(burst=1000, seconds=1))
"""Pushed authorization requests from one address: each is a row for a minute. Vendors push those of all their users
from few addresses.
"""
REGISTRATIONS = Allowances(
    pair=Allowance(burst=200, seconds=2), account=NO_LIMIT, address=Allowance(burst=200, seconds=2)
)
"""Registrations of clients from one address. Vendors register those of all their users from few addresses."""
