"""Timeouts and intervals of the transports, passed as an argument so that tests can shorten them."""

from attrs import frozen


@frozen
class Timing:
    """Timeouts and intervals, in seconds.

    ``quiet``: silence on a stream after which a comment is sent, because proxies and clients give up on idle streams.
    ``patience``: time for a client to take one write, or to send the first part of a body, before it counts as gone.
    ``look``: interval of the checks whether a client is still connected. aiohttp can detect this by itself, but only by
    cancelling every handler of a server, and submitted forms must not end halfway. ``drain``: time that requests under
    way may still take when the server stops; after that they are answered with an error.
    """

    quiet: float = 15.0
    patience: float = 30.0
    look: float = 0.5
    drain: float = 5.0


TIMING = Timing()
