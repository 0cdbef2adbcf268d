"""How many connections there may be, and how long each may take."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from attrs import evolve, frozen

from ..addresses import is_address, network_of

LOOPBACK = ("127.0.0.0/8", "::1/128")
RESERVE = 256
"""Descriptors that are left for the database, the log and what is fetched elsewhere."""


@frozen
class Limits:
    """``most`` connections at once, ``most_each`` of them from one address. Seconds: ``head`` for the head of a request, ``idle`` from one request to the
    next, ``stall`` for a reader that takes less than a kilobyte a second.

    ``unbounded`` are networks whose addresses may have as many as there are: proxies, behind which everybody is, and this machine, where a proxy may be.
    """

    most: int = 16_384
    most_each: int = 1024
    head: float = 20.0
    idle: float = 75.0
    stall: float = 30.0
    unbounded: tuple[str, ...] = LOOPBACK

    def within(self, descriptors: int) -> "Limits":
        """The same for a process that may have so many descriptors; one address never gets more than a quarter of all."""
        most = max(1, min(self.most, descriptors - min(RESERVE, descriptors // 4)))
        return evolve(self, most=most, most_each=min(self.most_each, max(1, most // 4)))

    def is_bounded(self, address: str) -> bool:
        """Whether one who has that address, as ``group_of`` writes it, may have ``most_each`` only."""
        return address != "" and not _is_within(address, self.unbounded)


def group_of(host: str) -> str:
    """Whom an address counts for, as ``network_of``; empty when it is none."""
    return network_of(host) if is_address(host) else ""


@lru_cache(maxsize=4096)
def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    return any(ip_address(address) in _network(network) for network in networks)


@lru_cache(maxsize=256)
def _network(network: str) -> IPv4Network | IPv6Network:
    return ip_network(network)
