"""The authorization server's decisions (OAuth 2.1), without HTTP and without SQL.

``protocol`` has the terms and rules that all share; ``limits`` bounds what strangers cost; ``keys`` signs and
verifies; ``clients`` says who asks; ``authorize`` takes a request to a person's decision; ``tokens`` answers the
token endpoint; ``resource`` judges access tokens at a resource. ``metadata`` (RFC 8414) describes them all, and is
here because it knows them all.

A sign-in goes ``authorize`` then ``tokens``; a call with a token enters at ``resource``.

It may import ``oauth.authorize``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``, ``oauth.tokens``,
``oauth.tokens.grants`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
