"""The context of a running function, and the questions that it may ask its client.

``context`` is what authors get as ``Context``; it asks through ``mrtr`` (multi round-trip requests: replayed in the
modern revision, live in older ones), with the ``questions`` of elicitation, sampling and roots. ``subscriptions``
carries notices of changes, ``containment`` keeps an author's faults apart from ours.

It may import ``mcp.codec``, ``mcp.protocol``, ``mcp.schema``, ``mcp.types`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""
