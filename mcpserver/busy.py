"""Errors of parts that cannot answer for now, such as the database."""


class Busy(Exception):
    """Nothing was changed; the request may be repeated. The message is for the log."""


RETRY_AFTER = 5
"""Seconds after which to try again."""
