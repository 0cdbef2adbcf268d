"""Time and randomness as arguments."""

import time
from collections.abc import Callable

from attrs import frozen

from mcpbase import sources


@frozen
class Sources(sources.Sources[float]):
    """``now`` gives seconds with their fractions, as the trace shows them."""

    now: Callable[[], float] = time.time
