"""Shared parts of the commands: options, output, and the author's server.

``options`` has the settings as flags, ``storage`` opens the database, ``app_loader`` imports an author's server or
application by its reference, ``trial`` opens an application only to look at it, ``tables`` prints lists,
``passphrase`` makes readable passwords, ``public_key`` reads the public keys of clients, ``refusal`` has the errors
with an exit status.

It may import ``application``, ``mcp``, ``oauth.keys``, ``store`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from .app_loader import load_served, load_server, require_not_loading
from .options import ALL, SECRETS, STORAGE, Command, TakesId, as_json, setting_option, with_settings
from .passphrase import readable_password
from .public_key import public_key_set
from .refusal import Misuse, Refusal
from .storage import database_place, opened_store, require_database, require_lasting
from .tables import show, table
from .trial import described_server

__all__ = [
    "ALL",
    "SECRETS",
    "STORAGE",
    "Command",
    "Misuse",
    "Refusal",
    "TakesId",
    "as_json",
    "database_place",
    "described_server",
    "load_served",
    "load_server",
    "opened_store",
    "public_key_set",
    "readable_password",
    "require_database",
    "require_lasting",
    "require_not_loading",
    "setting_option",
    "show",
    "table",
    "with_settings",
]
