"""Clients: how they are found, described, registered and authenticated.

A request comes to ``authentication``, which looks in the store, reads a metadata document (``metadata_documents``),
or verifies a signature (``private_key_jwt``, ``workload``). ``registration`` (RFC 7591) and ``management`` (RFC
7592) hold what a client says against ``metadata``; ``initial_access`` has the tokens that let one register.

It may import ``oauth.keys``, ``oauth.limits``, ``oauth.protocol`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""
