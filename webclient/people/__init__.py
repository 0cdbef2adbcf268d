"""People who use the pages: local passwords, and sign-in with an identity provider.

A sign-in passes ``service`` (with ``mcpbase.sign_in``) or ``provider`` (OpenID Connect: ``provider_keys``,
``signatures``); ``store`` keeps people and sessions.

It may import ``fetcher``, ``oauth``, ``oauth.protocol`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .person import Person, TooManyGuesses, TooManySignIns
from .provider import Provider, name_of, subject_of
from .service import People
from .store import SQLitePeople

__all__ = ["People", "Person", "Provider", "SQLitePeople", "TooManyGuesses", "TooManySignIns", "name_of", "subject_of"]
