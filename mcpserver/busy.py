"""Errors of parts that cannot answer for now, such as the database."""


class Busy(Exception):
    """Nothing was changed, unless ``is_uncertain``; the request may be repeated. The message is for the log."""

    is_uncertain = False
    """Whether it is not known if something was changed."""


RETRY_AFTER = 5
"""Seconds after which to try again."""
