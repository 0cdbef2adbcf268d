"""The diagnosis: which cause a failed hop has, and the evidence for it.

``decisions`` finds the cause of a failed hop, by deciders that it tries in order; ``refusals`` (with ``token_claims``),
``refusal_reason`` and ``permissions`` judge tokens, entry and scopes; ``quoted_error`` finds what the server said;
``status`` says where a flow stands; ``steps`` and ``explanation`` put the cause into the steps that people see.

It may import ``http``, ``trace.causes``, ``trace.recording`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .explanation import explained, failure_in
from .status import DONE, Status, status_of
from .steps import SecretUse, Step

__all__ = ["DONE", "SecretUse", "Status", "Step", "explained", "failure_in", "status_of"]
