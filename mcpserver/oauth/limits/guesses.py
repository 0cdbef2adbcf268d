"""Guesses at client secrets (OAuth 2.1 section 2.4.1), slowed down where they come from and nowhere else."""

import hashlib
from collections.abc import Callable
from functools import partial

from mcpbase.addresses import network_of

from ...cache import SizedCache
from ...sources import Sources
from ..protocol import TooManyRequests
from .rates import Rate, Rates, nothing

AT_CLIENT = Rate(burst=10, seconds=30)
"""Failures of one address at one client; then requests from there are refused unseen, unless the client has
authenticated there before.
"""
AT_ALL = Rate(burst=100, seconds=1)
"""Failures of one address at all clients; then further failures must wait. The right secret of any client
still passes.
"""
_OWNERS = 2 * 1024 * 1024
"""Bytes for the addresses at which clients have authenticated."""


class Guesses:
    """Failures, by client and address. Those of strangers never count against others, nor against the client where it
    has authenticated.
    """

    def __init__(self, sources: Sources) -> None:
        self._relay: Callable[..., None] = nothing
        self._at_client = Rates(AT_CLIENT, sources)
        self._at_all = Rates(AT_ALL, sources)
        self._owners: SizedCache[str, None] = SizedCache(_OWNERS)

    @property
    def relay(self) -> Callable[..., None]:
        """Called with what other processes have to count too, and their ``hear`` with the same words."""
        return self._relay

    @relay.setter
    def relay(self, relay: Callable[..., None]) -> None:
        self._relay = relay
        self._at_client.relay = partial(relay, "client")
        self._at_all.relay = partial(relay, "all")

    def hear(self, what: str, name: str, *, times: int = 1) -> None:
        """Count what another process has relayed."""
        if what == "held":
            self._owners.put(name, None, 2 * len(name))
        else:
            (self._at_client if what == "client" else self._at_all).hear(name, times=times)

    def require_few(self, client_id: str, address: str) -> None:
        """Check before a secret is compared, in the same step, so that simultaneous guesses get no further than
        successive ones.

        Raises TooManyRequests.
        """
        pair = _pair(client_id, address)
        wait = self._at_client.is_spent(pair)
        if wait and pair not in self._owners:
            raise TooManyRequests(wait, reason=f"guesses at the secret of client {client_id!r} from {address}")

    def failed(self, client_id: str, address: str) -> None:
        """Count a failure. Raises TooManyRequests when it was one too many."""
        wait = self._at_client.take(_pair(client_id, address)) or self._at_all.take(network_of(address))
        if wait:
            raise TooManyRequests(
                wait, reason=f"client {client_id!r} failed authentication, like others from {address} before"
            )

    def held(self, client_id: str, address: str) -> None:
        """Note that the client has authenticated there."""
        pair = _pair(client_id, address)
        if pair not in self._owners:
            self._relay("held", pair)
        self._owners.put(pair, None, 2 * len(pair))


def _pair(client_id: str, address: str) -> str:
    """Return a key of bounded length for any client id."""
    return f"{network_of(address)} {hashlib.sha256(client_id.encode('utf-8', 'surrogatepass')).hexdigest()}"
