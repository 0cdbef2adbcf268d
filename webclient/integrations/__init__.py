"""Integrations: servers that a person added, with their sign-ins, calls and subscriptions.

``form`` reads what the person typed; ``service`` adds, changes and removes, and composes the other modules;
``connecting`` opens the connection and begins a sign-in, ``authorization_responses`` finishes it, ``step_up`` asks for
more permission. ``credentials`` gets tokens and clients for one integration; ``calls`` and ``operations`` run tools;
``questions`` holds what a server asks the person; ``pending_sign_ins`` and ``subscriptions`` run in the background.

It may import ``fetcher``, ``mcp``, ``mcp.protocol``, ``oauth``, ``oauth.protocol``, ``storage``, ``trace`` and the
value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .calls import Calls, tool_of
from .credentials import DOCUMENT, INTEGRATIONS, KEYED_DOCUMENT, identity_of, owner_topic
from .form import GRANTS, LONGEST_NAME, LONGEST_URL, METHODS, REVISIONS, InvalidForm, as_inputs, read_choices
from .operations import Operation
from .questions import ELICIT, SAMPLE, Question
from .service import IntegrationService
from .step_up import MOST_GRANTS
from .subscriptions import LONGEST_ADDRESS

__all__ = [
    "DOCUMENT",
    "ELICIT",
    "GRANTS",
    "INTEGRATIONS",
    "KEYED_DOCUMENT",
    "LONGEST_ADDRESS",
    "LONGEST_NAME",
    "LONGEST_URL",
    "METHODS",
    "MOST_GRANTS",
    "REVISIONS",
    "SAMPLE",
    "Calls",
    "IntegrationService",
    "InvalidForm",
    "Operation",
    "Question",
    "as_inputs",
    "identity_of",
    "owner_topic",
    "read_choices",
    "tool_of",
]
