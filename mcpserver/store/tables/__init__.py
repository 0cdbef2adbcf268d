"""The SQL statements, one module a subject.

Each class is a part of ``Store`` and has the verbs of one protocol: ``add_``, ``find_``, ``spend_``, ``revoke_``.
``revocation`` and ``history`` are shared by several; ``purge`` deletes what is past use.

It may import ``accounts``, ``mcp.legacy``, ``mcp.tasks``, ``oauth.authorize``, ``oauth.clients``, ``oauth.protocol``,
``store.database`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
