"""What handlers of every room use: shared parts, forms, client authentication, CORS, addresses, security headers.

``security`` sees a request first; ``client_address`` says where it comes from, ``forms`` reads its body,
``client_authentication`` who its client is, ``bearer`` its access token, ``admission`` counts it. ``parts`` has the
keys of the application under which handlers find what several of them use.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``, ``oauth.resource``,
``oauth.tokens``, ``store`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to
that.
"""
