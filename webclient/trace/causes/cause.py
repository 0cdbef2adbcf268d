"""The explanation of a cause."""

from attrs import frozen


@frozen
class Cause:
    """The texts that explain a cause.

    ``title`` says what is wrong, ``why`` why that ends the flow, ``change`` what the owner of that server does about
    it; ``you`` what a visitor can do meanwhile.
    """

    title: str
    why: str
    change: str
    rule: str = ""
    you: str = ""
