"""The authorization server as its metadata describes it (RFC 8414, OpenID Connect Discovery).

``metadata`` knows every other package of ``oauth``, because the document names what each of them supports: grant types,
algorithms, ways of authentication, scopes. It is a package of its own so that ``oauth.protocol`` can be imported
without all of them.

It may import ``oauth.authorize``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``, ``oauth.tokens``,
``oauth.tokens.grants`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .metadata import authorization_extensions, server_metadata

__all__ = ["authorization_extensions", "server_metadata"]
