"""Output to a terminal, escaped so that a server's text cannot move the cursor, set colours, rename the window or
reverse text.
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
"""Format characters that are kept: they are needed inside words and emoji, and harmless."""


def safe(text: str) -> str:
    """Untrusted text with control, format and surrogate characters (Unicode categories Cc, Cf, Cs) escaped.

    Newlines, tabs and JOINERS are kept.
    """
    return "".join(_shown(character) for character in readable(text))


def _shown(character: str) -> str:
    if character in KEPT or character in JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs"):
        return character
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def line(text: str) -> str:
    """Untrusted text as safe() escapes it, on one line."""
    return " ".join(safe(text).split())


def width() -> int:
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def wrapped(text: str, indent: str, columns: int) -> str:
    """The text as one wrapped and indented paragraph. Words longer than a line, such as addresses, are not broken."""
    return textwrap.fill(
        line(text),
        columns,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def say(text: str = "", *, err: bool = False) -> None:
    """Print text, with colours only if click detects a terminal and NO_COLOR is not set (no-color.org)."""
    click.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)
