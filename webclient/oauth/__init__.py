"""The OAuth 2.1 client: from a challenge to a token and its renewal.

A sign-in passes ``discovery`` and ``metadata``, ``registration`` (or the client's own document, ``identity``),
``authorization``, then ``token_endpoint``; ``sign_in`` leads through them and ``token_keeper`` renews. ``context``
is what all of them are handed, ``dpop`` and ``signing`` make proofs.

It may import ``fetcher``, ``http``, ``trace`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""
