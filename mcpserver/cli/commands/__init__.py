"""The commands, one module each, with the click command under the name ``command``.

``mcpserver.cli`` imports a module by name when its command is used. A command loads settings through
``console.options``, opens the store or composes the application, and prints.

It may import ``accounts``, ``application``, ``cli.console``, ``cli.process``, ``cli.workers``, ``compose``, ``mcp``,
``mcp.features``, ``notes``, ``oauth.authorize``, ``oauth.clients``, ``oauth.keys``, ``oauth.protocol``,
``oauth.tokens``, ``store``, ``store.transfer``, ``transports.stdio``, ``web.pages`` and the value modules at the
top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .serve import run

__all__ = ["run"]
