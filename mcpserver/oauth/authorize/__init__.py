"""The authorization request, from its parameters to a person's decision and the response.

``pushed`` (RFC 9126) may open a request before ``request`` checks it; ``prompt`` says whether to sign in again,
``prior_consent`` whether to ask at all, ``consent`` seals the form, ``decision`` keeps the grant, ``response`` is
what the client gets. ``device_authorization`` and ``device_verification`` are RFC 8628; ``logout`` is OpenID
Connect RP-Initiated Logout.

It may import ``accounts``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``, ``oauth.tokens`` and the value
modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
