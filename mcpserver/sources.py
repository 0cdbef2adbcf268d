"""Time and chance, handed to the core as values so that tests can choose them."""

import secrets
import time
from collections.abc import Callable

from attrs import frozen


def _epoch_seconds() -> int:
    return int(time.time())


@frozen
class Sources:
    """``now`` gives epoch seconds, for instants that are kept or told to others; ``token_bytes`` gives that many random bytes.

    ``monotonic`` gives seconds from an arbitrary start, for every duration that lives in this process: setting the machine's clock
    does not move it.
    """

    now: Callable[[], int] = _epoch_seconds
    token_bytes: Callable[[int], bytes] = secrets.token_bytes
    monotonic: Callable[[], float] = time.monotonic
