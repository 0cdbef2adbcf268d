"""The server's own words about a failure, from the recorded answer."""

import re

from ...http import complaint, parse_challenges, says_something
from ..recording import CLOSE, OPEN, Hop, Message

HALF = re.compile(f"{OPEN}[^{CLOSE}]*$")
"""The beginning of a mark for a secret at the end of a cut text."""


def quoted_in(hop: Hop) -> str:
    """The server's error text, masked, on one line: from the challenge (RFC 6750 section 3), else from the body.

    Empty when there is none, or when the step repeats it already.
    """
    told = HALF.sub("…", described(hop.answer) or complaint(hop.answer.body, hop.answer.kind))
    return told if says_something(told) and told not in hop.meaning else ""


def described(answer: Message) -> str:
    """``error_description`` of a challenge, on one line; empty when there is none."""
    lines = [value for name, value in answer.headers if name.lower() == "www-authenticate"]
    return next(
        (
            " ".join(each.parameters["error_description"].split())
            for each in parse_challenges(lines)
            if "error_description" in each.parameters
        ),
        "",
    )
