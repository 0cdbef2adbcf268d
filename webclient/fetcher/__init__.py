"""Requests to other servers: guarded against private addresses, bounded in time and size, and recorded in the trace.

``call`` defines the request, its answer and the limits; ``fetcher`` sends it; ``connections`` makes the aiohttp
sessions and ``timing`` measures the phases of a request; ``refusals`` and ``unreachable`` build the errors for requests
that fail.

It may import ``http``, ``trace``, ``trace.recording`` and the value modules at the top of ``webclient``.
``tests/test_arrows.py`` holds it to that.
"""

from .call import Call, Limits, Response, Stream
from .fetcher import Fetcher

__all__ = ["Call", "Fetcher", "Limits", "Response", "Stream"]
