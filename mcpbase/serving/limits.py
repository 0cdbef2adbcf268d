"""Bounds of connections: how many there may be, and how long each may take."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from attrs import evolve, frozen

from ..addresses import is_address, network_of

LOOPBACK = ("127.0.0.0/8", "::1/128")
RESERVE = 256
"""Descriptors that are kept for the database, the log and outgoing connections."""


@frozen
class Limits:
    """At most ``most`` connections, ``most_each`` of them from one address. Seconds: ``head`` for the head of a
    request, ``idle`` between requests, ``stall`` for a reader that takes less than a kilobyte a second.

    ``unbounded`` are networks whose addresses may have as many as there are: proxies, and this machine, where a proxy
    may be.
    """

    most: int = 16_384
    most_each: int = 1024
    head: float = 20.0
    idle: float = 75.0
    stall: float = 30.0
    unbounded: tuple[str, ...] = LOOPBACK

    def within(self, descriptors: int) -> "Limits":
        """Return the limits for a process with that many descriptors; one address never gets more than a quarter."""
        most = max(1, min(self.most, descriptors - min(RESERVE, descriptors // 4)))
        return evolve(self, most=most, most_each=min(self.most_each, max(1, most // 4)))

    def is_bounded(self, address: str) -> bool:
        """Return whether ``most_each`` applies to an address, as ``group_of`` writes it."""
        return address != "" and not _is_within(address, self.unbounded)


def group_of(host: str) -> str:
    """Return the network that an address counts for (``network_of``); empty when it is no address."""
    return network_of(host) if is_address(host) else ""


@lru_cache(maxsize=4096)
def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    return any(ip_address(address) in _network(network) for network in networks)


@lru_cache(maxsize=256)
def _network(network: str) -> IPv4Network | IPv6Network:
    return ip_network(network)
