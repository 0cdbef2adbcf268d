"""Tokens: issued at the token endpoint, introspected and revoked.

``endpoint`` takes an authenticated client's form and hands it to the module of ``grants`` for its grant type, which
redeems it and returns the answer, with tokens that the endpoint's ``TokenIssuer`` mints (``access_token``,
``id_token``). Refresh tokens rotate in ``grants.refresh``. ``introspection`` is RFC 7662, ``revocation`` RFC 7009,
``id_jag`` the identity assertion grant.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
