"""JSON Schema: written from types, compiled, and bounded.

``type_schema`` writes the schema of a type, ``tool_schema`` that of a tool's arguments and its header parameters,
``forms`` that of a form for elicitation. ``json_schema`` compiles a schema, ``limits`` bounds one that others
wrote.

It may import ``mcp.types`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to
that.
"""
