"""Output to a terminal: nothing that a server sends can move the cursor, set colours, rename the window or reverse the
text.
"""

import os
import shutil
import textwrap
import unicodedata

import click

from ..trace.recording import readable

NARROWEST, WIDEST = 40, 120
KEPT = frozenset("\n\t")
JOINERS = frozenset("\u200c\u200d")
"""Needed inside words and emoji, and harmless."""


def safe(text: str) -> str:
    """Foreign text with every control and format character (Unicode categories Cc, Cf, Cs) spelled out, but line
    ends and tabs.
    """
    return "".join(_shown(character) for character in readable(text))


def _shown(character: str) -> str:
    if character in KEPT or character in JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs"):
        return character
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def line(text: str) -> str:
    """The same on one line."""
    return " ".join(safe(text).split())


def width() -> int:
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def wrapped(text: str, indent: str, columns: int) -> str:
    """One paragraph, long words (addresses) left whole."""
    return textwrap.fill(
        line(text),
        columns,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def say(text: str = "", *, err: bool = False) -> None:
    """Colours only where click sees a terminal, and not with NO_COLOR (no-color.org)."""
    click.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)
