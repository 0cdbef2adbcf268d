"""The log of the web client on standard error: faults, with secrets masked."""

import logging

from mcpbase.masking import masked


class MaskingFormatter(logging.Formatter):
    """Masks whatever looks like a secret, in the message and in the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record), most=None, foreign=True)


def write_journal() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
