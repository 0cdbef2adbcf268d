"""The SQL statements, one module a subject (people and their browser sessions are in ``accounts``, grants and tokens
in ``oauth``).

Each class is a part of ``Store`` and has the verbs of one protocol: ``add_``, ``find_``, ``spend_``, ``revoke_``.
``revocation`` and ``history`` are shared by several; ``purge`` deletes what is past use.

It may import ``accounts``, ``mcp.legacy``, ``mcp.tasks``, ``oauth.authorize``, ``oauth.clients``, ``oauth.protocol``,
``processes``, ``store.database`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it
to that.
"""

from .accounts import AccountTables
from .assertions import AssertionTables
from .devices import DeviceTables
from .events import EventTables
from .history import count_change, void_all
from .housekeeping import HousekeepingTables
from .identities import IdentityTables
from .keys import KeyTables
from .mcp import McpTables
from .oauth import OAuthTables
from .registrations import RegistrationTables
from .requests import RequestTables

__all__ = [
    "AccountTables",
    "AssertionTables",
    "DeviceTables",
    "EventTables",
    "HousekeepingTables",
    "IdentityTables",
    "KeyTables",
    "McpTables",
    "OAuthTables",
    "RegistrationTables",
    "RequestTables",
    "count_change",
    "void_all",
]
