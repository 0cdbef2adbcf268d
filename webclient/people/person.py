"""A person who uses the pages."""

import hashlib

from attrs import field, frozen

from ..errors import FlowError

LONGEST_NAME = 100


@frozen
class Person:
    """A person. ``login`` is set for those with a local password, ``subject`` (issuer and sub) for those of an OpenID
    provider.
    """

    id: str
    name: str
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    subject: str | None = None

    @property
    def owner(self) -> bytes:
        """The key under which the store keeps a person's data."""
        return hashlib.sha256(b"person " + self.id.encode()).digest()


class SignInRefused(FlowError):
    """A sign-in was refused. The message is one sentence that reveals no more than the person may know."""


class TooManyGuesses(SignInRefused):
    """Too many wrong guesses. ``seconds`` is the time to wait before the next."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many failed attempts. Try again in {seconds} seconds.")
        self.seconds = seconds


class TooManySignIns(SignInRefused):
    """More people are signing in at once than passwords can be verified."""

    seconds = 5

    def __init__(self) -> None:
        super().__init__("Many people are signing in at the moment. Try again in a few seconds.")
