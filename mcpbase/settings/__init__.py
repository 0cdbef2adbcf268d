"""Settings of a program: what each accepts (``kinds``), and where they come from (``loader``).

Each program has its own table of settings, with their names, defaults and the kinds that only it needs.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""

from .kinds import FILE, HOST, LINE, NAME, NETWORK, Kind, host, line, one_of, or_zero, several, switch, whole_number
from .loader import About, Loader, SettingError, flag

__all__ = [
    "FILE",
    "HOST",
    "LINE",
    "NAME",
    "NETWORK",
    "About",
    "Kind",
    "Loader",
    "SettingError",
    "flag",
    "host",
    "line",
    "one_of",
    "or_zero",
    "several",
    "switch",
    "whole_number",
]
