"""Requests to other servers: guarded against private addresses, bounded in time and size, and written into the trace.

``call`` has the request to make, its answer and the limits; ``fetcher`` sends it; ``connections`` are aiohttp's
sessions, ``timing`` measures their phases; ``refusals`` and ``unreachable`` say why nothing came.

It may import ``http``, ``trace``, ``trace.recording`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .call import Call, Limits, Response, Stream
from .fetcher import Fetcher

__all__ = ["Call", "Fetcher", "Limits", "Response", "Stream"]
