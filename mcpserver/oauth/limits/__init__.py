"""Limits on what strangers cost: fetches that wait, rows that they cause, rates, and guesses of secrets.

``fetch_queue`` gives each visitor a share of the outgoing fetches, ``quota`` bounds kept bytes, ``rates`` counts
events over time, ``guesses`` counts failed client secrets. All raise ``TooManyRequests``.

It may import ``oauth.protocol`` and the value modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it
to that.
"""

from .fetch_queue import FetchQueue, NoPlace
from .guesses import Guesses
from .quota import Quota

__all__ = ["FetchQueue", "Guesses", "NoPlace", "Quota"]
