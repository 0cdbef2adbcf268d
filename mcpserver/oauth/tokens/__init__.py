"""Tokens: issued at the token endpoint, introspected and revoked.

``endpoint`` takes an authenticated client's form and hands it to the module of ``grants`` for its grant type, which
returns a grant; the endpoint then mints the tokens (``access_token``, ``id_token``). ``introspection`` is RFC 7662,
``revocation`` RFC 7009, ``id_jag`` the identity assertion grant.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
