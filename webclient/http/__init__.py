"""HTTP helpers: challenges, error bodies, safe text, and serving an application at a port.

``challenges`` parses ``WWW-Authenticate``; ``error_text`` extracts the message from an error body; ``unicode`` makes
text from other servers safe to show; ``listening`` serves an application at a port.

It may import nothing but the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .challenges import parse_challenges
from .error_text import complaint, one_line, says_something
from .listening import NAME, answering
from .unicode import MOST_PARTS, header_text, loads

__all__ = [
    "MOST_PARTS",
    "NAME",
    "answering",
    "complaint",
    "header_text",
    "loads",
    "one_line",
    "parse_challenges",
    "says_something",
]
