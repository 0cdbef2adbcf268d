"""The pages of integrations: overview, settings, tools, calls, prompts, resources, changes, apps.

``overview`` lists integrations and adds one; ``connecting`` and ``preferences`` change one; ``server`` is the layout
that the pages of one integration share, such as ``tools``, ``prompts``, ``resources`` and ``changes``; ``calls`` shows
calls, ``questions`` what a server asks during one, ``apps`` an MCP app.

It may import ``assistant``, ``forms``, ``integrations``, ``mcp``, ``oauth``, ``oauth.protocol``, ``pages.http``,
``pages.trace``, ``results``, ``storage`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py``
holds it to that.
"""

from .calls import PATIENCE, page_of_call
from .tools import badges

__all__ = ["PATIENCE", "badges", "page_of_call"]
