"""Time and randomness, handed to the core as values so that tests can choose them."""

import time
from collections.abc import Callable

from attrs import frozen

from mcpbase import sources


def _epoch_seconds() -> int:
    return int(time.time())


@frozen
class Sources(sources.Sources[int]):
    """Sources of the service: ``now`` gives whole seconds, as the tables keep them."""

    now: Callable[[], int] = _epoch_seconds
