"""Errors of parts that cannot answer for now, such as the database."""


class Busy(Exception):
    """Nothing was changed, unless ``is_uncertain``; the request may be repeated. The message is for the log."""

    is_uncertain = False
    """Whether it is not known if something was changed."""

    @property
    def outcome(self) -> str:
        """What the caller has to know of the change, and can do."""
        if self.is_uncertain:
            return "It is not known whether the change was saved: check, and try again if it was not."
        return "Nothing was changed: try again in a few seconds."


RETRY_AFTER = 5
"""Seconds after which to try again."""
