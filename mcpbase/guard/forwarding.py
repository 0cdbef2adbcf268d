"""Addresses in forwarding headers, read as far as those who wrote them are trusted."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

Address = IPv4Address | IPv6Address

_PAIR = re.compile(r'[\s,;]*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]+)(?=\s*(?:[;,]|$))')
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")


def origin_address(peer: str, trusted: Sequence[str], *, forwarded_for: Sequence[str], forwarded: Sequence[str]) -> str:
    """The last address, from here backwards, that no trusted proxy has.

    ``forwarded_for`` and ``forwarded`` (RFC 7239 section 4) are the values of those header fields. A proxy writes one of them, and lets the other
    through as its client sent it: where they disagree there is no telling which is whose, and neither is believed.
    """
    address = _read(peer)
    if address is None or not _lies_in(address, tuple(trusted)):
        return peer
    chains = [_walk(address, hops, tuple(trusted)) for hops in (_hops(forwarded_for), _nodes(forwarded)) if hops]
    return str(chains[0]) if chains and all(chain == chains[0] for chain in chains) else str(address)


def address_of(request: web.Request, trusted: Sequence[str]) -> str:
    """The address of whoever speaks to the first proxy that is trusted, or to us when none stands between."""
    headers = request.headers
    return origin_address(request.remote or "", trusted, forwarded_for=headers.getall("X-Forwarded-For", []), forwarded=headers.getall("Forwarded", []))


def is_trusted(peer: str, trusted: Sequence[str]) -> bool:
    """Whether the operator named the peer as a proxy in front."""
    address = _read(peer)
    return address is not None and _lies_in(address, tuple(trusted))


def _walk(address: Address, hops: Sequence[str], trusted: tuple[str, ...]) -> Address:
    """From the nearest hop outwards, as far as each was written by one that is trusted; what is no address ends the way."""
    for hop in reversed(hops):
        further = _read(hop)
        if further is None:
            break
        address = further
        if not _lies_in(address, trusted):
            break
    return address


def _hops(values: Sequence[str]) -> list[str]:
    return [hop.strip() for value in values for hop in value.split(",") if hop.strip()]


def _nodes(values: Sequence[str]) -> list[str]:
    """RFC 7239 section 4: the ``for`` of each element, unquoted."""
    return [value.strip('"') for line in values for name, value in _pairs(line) if name == "for"]


def _pairs(line: str) -> list[tuple[str, str]]:
    """The whole line must hold: a client's half-open quotation mark would turn around what a proxy wrote behind it."""
    pairs, end = [], 0
    while pair := _PAIR.match(line, end):
        pairs.append((pair[1].lower(), pair[2]))
        end = pair.end()
    return [("for", "unknown")] if line[end:].strip(" \t,;") else pairs


@lru_cache(maxsize=1024)
def _read(hop: str) -> Address | None:
    """An address, with a port or without (RFC 7239 section 6); None for names, ``unknown`` and everything else."""
    bare = _WITH_PORT.fullmatch(hop)
    try:
        address = ip_address(hop if bare is None else bare[1] or bare[2])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _lies_in(address: Address, trusted: tuple[str, ...]) -> bool:
    return any(address in network for network in _networks(trusted))


@cache
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in trusted)
