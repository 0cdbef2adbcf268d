"""An assistant that uses the tools of a person's integrations through a language model.

``assistant`` runs the turns of a conversation, ``endpoint`` sends requests to the model, ``toolbox`` offers it the
tools and reads its calls, ``outcome`` shortens their results, ``sampling`` converts a server's sampling request.
``chat`` has the format of the requests.

It may import ``fetcher``, ``forms``, ``integrations``, ``results``, ``storage`` and the value modules at the top of
``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .assistant import Assistant
from .endpoint import Endpoint
from .sampling import sampling_request, sampling_result

__all__ = ["Assistant", "Endpoint", "sampling_request", "sampling_result"]
