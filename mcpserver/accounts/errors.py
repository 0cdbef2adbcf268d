"""What sign-in and account keeping refuse; ``str()`` of each is a sentence for the person."""


class AccountError(Exception):
    """An account cannot be made or changed like this."""


class SignInRefused(Exception):
    """The same for an unknown person, a wrong password and a disabled account (ASVS 6.3.8)."""

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


class TooLong(Exception):
    """Longer than any name or password can be, so that it is said instead of counted as a wrong one (ASVS 6.2.9)."""

    def __init__(self) -> None:
        super().__init__("The name or the password is too long. Check what you pasted, then try again.")
