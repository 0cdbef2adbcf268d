"""Client addresses in forwarding headers, as far as the proxies that wrote them are trusted."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

Address = IPv4Address | IPv6Address

_PAIR = re.compile(r'[\s,;]*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]+)(?=\s*(?:[;,]|$))')
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")


def origin_address(peer: str, trusted: Sequence[str], *, forwarded_for: Sequence[str], forwarded: Sequence[str]) -> str:
    """Return the last address, counted from here, that is not a trusted proxy's.

    ``forwarded_for`` and ``forwarded`` (RFC 7239 section 4) are the values of those header fields. A proxy writes one
    of them and passes the other on from its client: where they disagree, neither is believed.
    """
    address = _read(peer)
    if address is None or not _lies_in(address, tuple(trusted)):
        return peer
    chains = [_walk(address, hops, tuple(trusted)) for hops in (_hops(forwarded_for), _nodes(forwarded)) if hops]
    return str(chains[0]) if chains and all(chain == chains[0] for chain in chains) else str(address)


def address_of(request: web.Request, trusted: Sequence[str]) -> str:
    """Return the address of the client of the first trusted proxy, or of the peer when there is no proxy."""
    headers = request.headers
    return origin_address(
        request.remote or "",
        trusted,
        forwarded_for=headers.getall("X-Forwarded-For", []),
        forwarded=headers.getall("Forwarded", []),
    )


def is_trusted(peer: str, trusted: Sequence[str]) -> bool:
    """Return whether the operator named the peer as a proxy."""
    address = _read(peer)
    return address is not None and _lies_in(address, tuple(trusted))


def _walk(address: Address, hops: Sequence[str], trusted: tuple[str, ...]) -> Address:
    """Follow the hops from the nearest one as long as each was written by a trusted proxy; stop at what is no
    address.
    """
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
    """Return the ``for`` of each element, unquoted (RFC 7239 section 4)."""
    return [value.strip('"') for line in values for name, value in _pairs(line) if name == "for"]


def _pairs(line: str) -> list[tuple[str, str]]:
    """Parse the whole line or nothing: an open quotation mark of a client would change what a proxy wrote after it."""
    pairs, end = [], 0
    while pair := _PAIR.match(line, end):
        pairs.append((pair[1].lower(), pair[2]))
        end = pair.end()
    return [("for", "unknown")] if line[end:].strip(" \t,;") else pairs


@lru_cache(maxsize=1024)
def _read(hop: str) -> Address | None:
    """Return an address, with or without a port (RFC 7239 section 6); None for names, ``unknown`` and
    everything else.
    """
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
