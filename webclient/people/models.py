"""A person, as the pages know them."""

import hashlib

from attrs import field, frozen

from ..errors import FlowError

LONGEST_NAME = 100


@frozen
class Person:
    """``login`` is for those with a password here, ``subject`` (issuer and sub) for those who sign in elsewhere."""

    id: str
    name: str
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    subject: str | None = None

    @property
    def owner(self) -> bytes:
        """Under what the store keeps what is theirs."""
        return hashlib.sha256(b"person " + self.id.encode()).digest()


class SignInRefused(FlowError):
    """Nobody was signed in: one sentence that says no more than the person may know."""


class TooManyGuesses(SignInRefused):
    """The answer has to wait. ``seconds`` says how long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"That was wrong too often. Try again in {seconds} seconds.")
        self.seconds = seconds


class TooManySignIns(SignInRefused):
    """More people sign in at once than passwords can be looked at."""

    seconds = 5

    def __init__(self) -> None:
        super().__init__("Many people are signing in just now. Try again in a few seconds.")
