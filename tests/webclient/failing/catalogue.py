"""Where failures are listed: a function that breaks a server, and the words that a person has to find in the ending
of its trace.
"""

from collections.abc import Callable

from attrs import frozen

from .server import Server

Break = Callable[[Server], None]


@frozen
class Failure:
    """``words`` all stand in the ending, and ``never`` none of them."""

    break_it: Break
    words: tuple[str, ...]
    never: tuple[str, ...]


FAILURES: dict[str, Failure] = {}


def reads(*words: str, never: tuple[str, ...] = ()) -> Callable[[Break], Break]:
    def enter(break_it: Break) -> Break:
        FAILURES[break_it.__name__] = Failure(break_it, words, never)
        return break_it

    return enter
