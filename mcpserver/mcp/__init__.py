"""The Model Context Protocol, without HTTP: what a server offers, and what it answers.

``server`` has the decorators with which authors register functions; ``declaring`` checks their arguments,
``registration`` makes tools, prompts and resources of them, and ``catalogs`` keeps these (who sees which is
``features.access``). Below: ``types``, ``schema`` and ``codec`` turn Python types into JSON Schema and values;
``protocol`` has the messages; ``interaction`` what a running function may ask; ``features`` tools, prompts and
resources; ``tasks``, ``dispatch`` and ``legacy`` answer.

A message passes ``dispatch`` (revision 2026-07-28) or ``legacy`` (older revisions), then a feature, then the author's
function.

It may import ``mcp.features``, ``mcp.interaction``, ``mcp.protocol``, ``mcp.schema``, ``mcp.types`` and the value
modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .server import Server

__all__ = ["Server"]
