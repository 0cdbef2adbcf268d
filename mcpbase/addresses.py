"""Internet addresses: which of them strangers may make the programs connect to, and by which a person is counted.

Only addresses of the public Internet are allowed (RFC 6890, and the IANA registries that it began).
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""Global unicast (RFC 4291 section 2.4): everything else in IPv6 is for a special use, such as older forms of IPv4
addresses.
"""
_NAT64 = IPv6Network("64:ff9b::/96")
"""Translated IPv4 addresses (RFC 6052 section 2.1), by which networks without IPv4 reach the rest of the Internet."""

_SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890); a cloud answers about its machines there
        "192.88.99.0/24",  # once the relays of 6to4 (RFC 7526)
    )
)
_SPECIAL_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4: an IPv4 address in disguise (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""Both: what not every version of the standard library knows to be special."""

_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)")
_NUMBERS = re.compile(rf"{_NUMBER.pattern}(?:\.{_NUMBER.pattern})*\.?")
"""What inet_aton(3) accepts as an address, in any of its spellings."""
_LONGEST = 64
"""Characters of an address, with a zone (RFC 4007 section 11)."""
_LOCAL_NAMES = frozenset({"localhost", "local", "internal", "home", "lan", "test", "invalid", "onion", "arpa"})
"""Endings of names that no public host has (RFC 6761, RFC 6762, RFC 8375, and others in use)."""


def is_public_name(host: str) -> bool:
    """Return whether a host may be on the public Internet, judged by its name; only resolving it tells where
    it leads.
    """
    last = host.rstrip(".").rpartition(".")[2].lower()
    if is_address(host):
        return is_public(host)
    return "." in host.rstrip(".") and not _NUMBER.fullmatch(last) and last not in _LOCAL_NAMES


def is_loopback(host: str) -> bool:
    """Return whether a name or address never leaves this machine (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_literal(host: str) -> bool:
    """Return whether a host is an address in any spelling (0x7f.1, 2130706433), for which no resolver is asked."""
    return is_address(host) or _NUMBERS.fullmatch(host) is not None


def is_address(host: str) -> bool:
    """Return whether a text is an address in the usual spelling."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def network_of(address: str) -> str:
    """Return by what a client is counted: its IPv4 address, or the /64 of its IPv6 address, which one subscriber has
    (RFC 6177 section 2).

    A text that is no address is cut short.
    """
    return _network_of(address[:_LONGEST])


@lru_cache(maxsize=4096)
def _network_of(address: str) -> str:
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(known) if known.is_loopback else str(ip_network((known, 64), strict=False).network_address)


def is_public(address: str) -> bool:
    """Return whether a text is an address that anybody on the Internet can reach.

    A mapped or translated (NAT64) address counts as the IPv4 address in it; older forms are refused.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed)


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in network for network in _SPECIAL_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None or address in _NAT64:
        return _is_public_v4(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and address.is_global and not any(address in network for network in _SPECIAL_V6)
