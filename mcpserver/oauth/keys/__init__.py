"""Signatures: our own keys, the keys of others, and the JWTs that they sign.

``key_ring`` and ``signing`` make and rotate our keys; ``http_cache``, ``jwks`` and ``issuers`` fetch those of
others; ``public_keys`` and ``verification`` check a signature; ``assertion`` (RFC 7523) and ``dpop`` (RFC 9449)
read the JWTs that clients send.

It may import ``oauth.limits``, ``oauth.protocol`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""
