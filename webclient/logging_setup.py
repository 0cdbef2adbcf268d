"""What these pages write to standard error: faults, and in them nothing that looks like a secret."""

import logging
import re

MASK = "***"
_SECRET = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}"
    r"|(?P<scheme>\b(?:[Bb]earer|DPoP|[Bb]asic)\s{1,4})[A-Za-z0-9._~+/=-]{16,}"
    r"|(?P<name>\b(?:code|state|[a-z_]{0,20}(?:token|secret|password|assertion|verifier))(?:=|%3D))[^&\s\"']{8,}"
    r"|[A-Za-z0-9_-]{24,}"
)
_CLASSES = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))


class MaskingFormatter(logging.Formatter):
    """For the whole line, and the traceback under it."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def masked(text: str) -> str:
    """Without tokens, credentials behind their names, and long stretches of letters of both cases and digits, or of 32 and more with digits among them."""
    return _SECRET.sub(_replace, text)


def write_journal() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _replace(found: re.Match[str]) -> str:
    named = found["scheme"] or found["name"]
    if named:
        return named + MASK
    stretch = found[0]
    if stretch.startswith("eyJ") or all(kind.search(stretch) for kind in _CLASSES):
        return MASK
    return MASK if len(stretch) >= 32 and sum(map(str.isdigit, stretch)) >= 6 else stretch
