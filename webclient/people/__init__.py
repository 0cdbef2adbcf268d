"""People who use the pages: local passwords, and sign-in with an identity provider.

A sign-in passes ``service`` (``throttle``, ``passwords``) or ``provider`` (OpenID Connect: ``provider_keys``,
``signatures``); ``store`` keeps people and sessions, ``known_browsers`` lets a browser that signed in before
through.

It may import ``fetcher``, ``oauth`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds
it to that.
"""
