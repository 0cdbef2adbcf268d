"""Options, arguments and output of the commands.

``options`` are the settings as flags, ``storage`` opens the database, ``app_loader`` imports an author's server by
its reference, ``tables`` prints lists, ``passphrase`` makes readable secrets, ``refusal`` are errors with an exit
status.

It may import ``mcp``, ``oauth.keys``, ``store`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""
