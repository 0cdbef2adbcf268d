"""The database of the web client: integrations, calls, hops, conversations.

``opening`` opens the file; ``store`` has integrations and authorization requests under way; ``hops``, ``calls`` and
``conversations`` are parts of it, and so is ``people.store``, where the statements for people and their sessions are.
What is secret is sealed before it is written.

It may import ``oauth``, ``people``, ``trace``, ``trace.recording`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .opening import StoreError, open_store
from .store import Store

__all__ = ["Store", "StoreError", "open_store"]
