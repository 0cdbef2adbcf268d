"""Refusals when people sign in or choose a password; ``str()`` of each is a sentence for the person."""


class WeakPassword(ValueError):
    """A password that cannot be chosen; the message names the rule that it breaks."""


class Throttled(Exception):
    """Too many failures; ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many attempts. Wait a moment, then try again.")
        self.retry_after = retry_after


class TooBusy(Exception):
    """More people sign in at once than passwords can be checked."""

    def __init__(self) -> None:
        super().__init__("Many people are signing in just now. Try again in a few seconds.")
