"""People who use the pages: local passwords, and sign-in with an identity provider.

A sign-in passes ``service`` (with ``mcpbase.sign_in``) or ``provider`` (OpenID Connect: ``provider_keys``,
``signatures``); ``store`` keeps people and sessions.

It may import ``fetcher``, ``oauth`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds
it to that.
"""
