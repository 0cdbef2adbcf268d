"""Durations that the transports wait, in seconds; an argument, so that tests can shorten them."""

from attrs import frozen


@frozen
class Timing:
    """``quiet``: after so much silence on a stream a comment says that the work goes on, for proxies and clients give
    up on what is still.

    ``patience``: a reader or a sender that takes longer for one write, or for the first part of a body, counts as gone.
    ``look``: how often to look whether a client is still there. aiohttp can tell by itself, but only by cancelling
    every handler of a server: the forms of the pages must not end halfway. ``drain``: for so long requests under way
    may go on when the server stops; then they are answered with an error.
    """

    quiet: float = 15.0
    patience: float = 30.0
    look: float = 0.5
    drain: float = 5.0


TIMING = Timing()
