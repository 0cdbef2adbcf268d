"""Secrets of clients that somebody guesses at (OAuth 2.1 section 2.4.1): slowed down where the guesses come from, and nowhere else."""

import hashlib

from mcpbase.addresses import network_of

from ...cache import SizedCache
from ...sources import Sources
from ..protocol.errors import TooManyRequests
from .rates import Rate, Rates

AT_CLIENT = Rate(burst=10, seconds=30)
"""Failures of one address at one client; after that nothing is looked at that comes from there, unless the client has proven itself there."""
AT_ALL = Rate(burst=100, seconds=1)
"""Failures of one address at all clients; after that further failures are told to wait. The right secret of any client still passes."""
_OWNERS = 2 * 1024 * 1024
"""Bytes for the addresses at which clients have proven themselves."""


class Guesses:
    """Failures, by client and address. A stranger's never count against others, and never against the client where it is at home."""

    def __init__(self, sources: Sources) -> None:
        self._at_client = Rates(AT_CLIENT, sources)
        self._at_all = Rates(AT_ALL, sources)
        self._owners: SizedCache[str, None] = SizedCache(_OWNERS)

    def require_few(self, client_id: str, address: str) -> None:
        """To be called in the step that looks at the secret, so that many at once get no further than one after another. Raises TooManyRequests."""
        pair = _pair(client_id, address)
        wait = self._at_client.is_spent(pair)
        if wait and pair not in self._owners:
            raise TooManyRequests(wait, reason=f"guesses at the secret of client {client_id!r} from {address}")

    def failed(self, client_id: str, address: str) -> None:
        """Raises TooManyRequests when that was one too many."""
        wait = self._at_client.take(_pair(client_id, address)) or self._at_all.take(network_of(address))
        if wait:
            raise TooManyRequests(wait, reason=f"client {client_id!r} failed authentication, like others from {address} before")

    def held(self, client_id: str, address: str) -> None:
        """The client has proven itself there."""
        pair = _pair(client_id, address)
        self._owners.put(pair, None, 2 * len(pair))


def _pair(client_id: str, address: str) -> str:
    """Of bounded length, whatever the client id."""
    return f"{network_of(address)} {hashlib.sha256(client_id.encode('utf-8', 'surrogatepass')).hexdigest()}"
