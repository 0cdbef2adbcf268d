"""Endpoints that programs call: token, introspection, revocation, registration, device authorization, userinfo.

Each authenticates its client where it has one (``web.http.client_authentication``), calls the module of ``oauth``
that has its name, and answers with JSON that no cache keeps. What it needs for that is in the application under a key
of its own.

It may import ``oauth.authorize``, ``oauth.clients``, ``oauth.limits``, ``oauth.protocol``, ``oauth.tokens``,
``web.http`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
