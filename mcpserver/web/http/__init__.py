"""What every handler uses: the service's parts, forms, CORS, the caller's address, security headers.

``security`` and ``proxies`` see a request first; ``client_address`` says where it comes from, ``forms`` reads its
body, ``bearer`` its token, ``admission`` counts it; ``service`` are the parts that a handler is given in
``app[SERVICE]``.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``, ``oauth.resource``,
``oauth.tokens``, ``store`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to
that.
"""
