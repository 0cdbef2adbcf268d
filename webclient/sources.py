"""Time and randomness, passed as arguments."""

import time
from collections.abc import Callable

from attrs import frozen

from mcpbase import sources


@frozen
class Sources(sources.Sources[float]):
    """Sources whose ``now`` gives epoch seconds with fractions, as the trace shows them."""

    now: Callable[[], float] = time.time
