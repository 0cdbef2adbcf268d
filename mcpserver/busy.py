"""Something that a request needs and that cannot answer for now, such as the database."""


class Busy(Exception):
    """Nothing was changed; whoever asked may try again. The message is for the log."""


RETRY_AFTER = 5
"""Seconds after which to try again."""
