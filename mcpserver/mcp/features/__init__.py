"""Tools, prompts, resources, completion and skills: what a server offers, each with who may see it.

``registry`` lists and finds by name, ``access`` decides visibility and scope, ``functions`` and ``providers``
prepare the author's function, ``threads`` runs the synchronous ones. ``tools``, ``prompts``, ``resources`` call it
and shape its result.

It may import ``mcp.codec``, ``mcp.interaction``, ``mcp.protocol``, ``mcp.schema``, ``mcp.types`` and the value
modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
