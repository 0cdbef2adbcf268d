"""Time and chance, handed in as values so that tests can choose them."""

import time
from collections.abc import Callable

from attrs import frozen

from mcpbase import sources


@frozen
class Sources(sources.Sources[float]):
    """``now`` gives seconds with their fractions, as the trace shows them."""

    now: Callable[[], float] = time.time
