"""HTTP for people: challenges, error bodies and strange characters in words, and the port that answers.

``challenges`` parses ``WWW-Authenticate``; ``error_text`` finds the sentence in an error body; ``unicode`` makes
text from strangers safe to show; ``listening`` answers at a port.

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
