"""People who use the pages: local passwords, and sign-in with an identity provider.

A sign-in passes ``service`` (with ``mcpbase.sign_in``) or ``provider`` (OpenID Connect: ``provider_keys``,
``id_token``, ``signatures``); ``store`` keeps people and sessions.

It may import ``fetcher``, ``oauth``, ``oauth.protocol`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .person import Person, TooManyGuesses, TooManySignIns
from .provider import Provider
from .service import People
from .store import SQLitePeople

__all__ = ["People", "Person", "Provider", "SQLitePeople", "TooManyGuesses", "TooManySignIns"]
