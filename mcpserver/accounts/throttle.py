"""How often what is no sign-in may be tried from one address; sign-in has the allowances of ``mcpbase.sign_in.throttle``."""

from mcpbase.sign_in.buckets import Allowance
from mcpbase.sign_in.throttle import Allowances

USER_CODES = Allowances(pair=Allowance(burst=5, seconds=120), account=Allowance(burst=5, seconds=120), address=Allowance(burst=50, seconds=10))
"""Ten wrong codes of a device in the ten minutes that one is good for, by one person (RFC 8628 section 5.1)."""
NO_LIMIT = Allowance(burst=10**9, seconds=1)
"""For all addresses together: strangers could use up any other. What they cost together is bounded where it is kept, each having a share of it."""
DEVICES = Allowances(pair=Allowance(burst=200, seconds=1), account=NO_LIMIT, address=Allowance(burst=200, seconds=1))
"""Devices that ask, from one address: each is a row, and anybody may ask."""
PUSHES = Allowances(pair=Allowance(burst=1000, seconds=1), account=NO_LIMIT, address=Allowance(burst=1000, seconds=1))
"""Requests that are pushed, from one address: each is a row for a minute; vendors push for all their people from few addresses."""
REGISTRATIONS = Allowances(pair=Allowance(burst=200, seconds=2), account=NO_LIMIT, address=Allowance(burst=200, seconds=2))
"""Clients that register themselves, from one address: vendors register for all their people from few addresses."""
