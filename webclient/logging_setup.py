"""The log of the web client on standard error: faults, and in them nothing that looks like a secret."""

import logging

from mcpbase.masking import masked


class MaskingFormatter(logging.Formatter):
    """Masks the whole line, and the traceback under it."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record), most=None, foreign=True)


def write_journal() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
