"""The catalogue of causes: why a step fails, and what the server's owner can change about it.

One module for each part of the flow: reaching the server, finding the metadata, entering, signing in, tokens, and
speaking MCP. ``CAUSES`` has all causes by code. These are texts only; ``diagnosis`` selects the cause.

It may import nothing but the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from ...cause_code import CauseCode
from .cause import Cause
from .entering import ENTERING
from .finding import FINDING
from .reaching import REACHING
from .signing_in import SIGNING_IN
from .speaking import SPEAKING
from .tokens import TOKENS

OTHER = {
    CauseCode.OWN_FAULT: Cause(
        "This client failed",
        "The error is in this program, not in the server.",
        "Nothing. The log of this client has the details.",
    ),
    CauseCode.UNKNOWN: Cause(
        "The step failed",
        "The response matches none of the causes that this client knows. It is shown below.",
        "Compare the request with the response.",
    ),
}
CAUSES = {**REACHING, **ENTERING, **SPEAKING, **FINDING, **SIGNING_IN, **TOKENS, **OTHER}

__all__ = ["CAUSES", "Cause"]
