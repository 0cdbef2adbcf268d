"""Integrations: servers that a person added, with their sign-ins, calls and subscriptions.

``form`` reads what the person typed; ``service`` adds, signs in and removes; ``credentials`` gets tokens and
clients for one integration; ``calls`` and ``operations`` run tools; ``questions`` holds what a server asks the
person; ``pending_sign_ins`` and ``subscriptions`` go on in the background.

It may import ``fetcher``, ``mcp``, ``mcp.protocol``, ``oauth``, ``storage``, ``trace`` and the value modules at the
top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""
