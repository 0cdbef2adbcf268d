"""The database of the web client: integrations, calls, hops, conversations.

``opening`` opens the file; ``store`` has integrations and authorization requests under way; ``hops``, ``calls`` and
``conversations`` are parts of it, and so is ``people.store``, where the statements for people and their sessions are.
``integration``, ``call_record`` and ``conversation`` are the values that it stores and no other package owns. What is
secret is sealed before it is written.

It may import ``oauth``, ``oauth.protocol``, ``people``, ``trace``, ``trace.recording`` and the value modules at the top
of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .call_record import PROMPT, RESOURCE, TOOL, CallRecord
from .conversation import ALLOWED, INVALID, REFUSED, Conversation, Turn, Wish
from .integration import CONNECTED, EXPIRED, FAILING, NEW, WAITING, Integration
from .opening import StoreError, open_store
from .store import Store

__all__ = [
    "ALLOWED",
    "CONNECTED",
    "EXPIRED",
    "FAILING",
    "INVALID",
    "NEW",
    "PROMPT",
    "REFUSED",
    "RESOURCE",
    "TOOL",
    "WAITING",
    "CallRecord",
    "Conversation",
    "Integration",
    "Store",
    "StoreError",
    "Turn",
    "Wish",
    "open_store",
]
