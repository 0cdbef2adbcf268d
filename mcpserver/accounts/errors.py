"""Errors of sign-in and of managing accounts; ``str()`` of each is a sentence for the person."""


class AccountError(Exception):
    """An account cannot be created or changed in this way."""


class SignInRefused(Exception):
    """One error for an unknown person, a wrong password and a disabled account (ASVS 6.3.8)."""

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


class TooLong(Exception):
    """A name or password beyond the limits.

    It is told to the person, and not counted as a failed attempt (ASVS 6.2.9).
    """

    def __init__(self) -> None:
        super().__init__("The name or the password is too long. Check what you pasted, then try again.")
