"""People: accounts, passwords, browser sessions, external identities.

A sign-in passes through ``service``: ``mcpbase.sign_in`` counts it and checks the password, the store keeps the
session. ``models`` are the values that others hold, ``store`` is the protocol that the database satisfies. No aiohttp
and no SQL.

It may import nothing but the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .errors import AccountError, SignInRefused, TooLong
from .identities import Identities
from .models import Account, Identity, Session
from .service import Accounts
from .store import AccountStore, IdentityStore
from .throttle import DEVICES, PUSHES, REGISTRATIONS, USER_CODES

__all__ = [
    "DEVICES",
    "PUSHES",
    "REGISTRATIONS",
    "USER_CODES",
    "Account",
    "AccountError",
    "AccountStore",
    "Accounts",
    "Identities",
    "Identity",
    "IdentityStore",
    "Session",
    "SignInRefused",
    "TooLong",
]
