"""Where a request comes from: proxies are believed when the operator named them (setting ``trusted_proxies``)."""

import logging
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web
from attrs import define, field

from ..journal import masked

log = logging.getLogger("webclient")
UNREAD = ("Forwarded", "X-Real-IP")
MOST_WARNINGS = 20
HOUR = 3600

Address = IPv4Address | IPv6Address


def address_of(request: web.Request, trusted: tuple[str, ...]) -> str:
    """The last address, from here backwards, that no trusted proxy has, read from X-Forwarded-For; the peer's when it is none of them."""
    peer = request.remote or ""
    hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",") if hop.strip()]
    return last_untrusted(peer, hops, trusted)


def last_untrusted(peer: str, hops: Sequence[str], trusted: tuple[str, ...]) -> str:
    """``hops`` as X-Forwarded-For has them, the nearest last; what is no address ends the way."""
    address = read(peer)
    if address is None:
        return peer
    for hop in reversed(hops):
        further = read(hop) if lies_in(address, trusted) else None
        if further is None:
            break
        address = further
    return str(address)


def read(text: str) -> Address | None:
    """An address, with a port or without."""
    bare = text.partition("]")[0].removeprefix("[") if text.startswith("[") else text.partition(":")[0] if text.count(":") == 1 else text
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def lies_in(address: Address, networks: tuple[str, ...]) -> bool:
    return any(address in network for network in _networks(networks))


@cache
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


@define
class Proxies:
    """Warns of who forwards without being believed, once for each peer; of one application."""

    trusted: tuple[str, ...]
    _warned: set[str] = field(factory=set, init=False)
    _hosts: set[str] = field(factory=set, init=False)
    _hosts_since: float = field(default=0.0, init=False)

    def misdirected(self, request: web.Request, origin: str, *, now: float) -> str:
        """Why a request for another host is refused. The log has it once an hour for each host; ``now`` in seconds, monotonic."""
        host = request.headers.get("Host", "")
        sentence = MISDIRECTED.format(host=f"the host {masked(host)[:200]!r}" if host else "no host", origin=origin)
        if now - self._hosts_since >= HOUR:
            self._hosts, self._hosts_since = set(), now
        if host not in self._hosts and len(self._hosts) < MOST_WARNINGS:
            self._hosts.add(host)
            log.warning("refused with 421, from %s: %s", request.remote, sentence)
        return sentence

    def look(self, request: web.Request) -> None:
        peer = request.remote
        name = next((name for name in ("X-Forwarded-For", *UNREAD) if name in request.headers), None)
        if name is None or not peer or peer in self._warned or len(self._warned) >= MOST_WARNINGS:
            return
        address = read(peer)
        if address is None or not lies_in(address, self.trusted):
            self._warned.add(peer)
            log.warning(UNDECLARED, peer, name, peer, peer)
        elif name in UNREAD:
            self._warned.add(peer)
            log.warning("%s sends %s, which is not read: have this proxy send X-Forwarded-For.", peer, name)


UNDECLARED = (
    "%s sends %s and is not in the setting trusted_proxies, so that everybody behind it is one address where guesses are counted:"
    " if it is your proxy, set trusted_proxies to %s (WEBCLIENT_TRUSTED_PROXIES=%s)."
)
MISDIRECTED = (
    "This request names {host}, but these pages are at {origin}/. When a proxy in front sends it, let the proxy pass on the Host that the browser sent"
    " (nginx: proxy_set_header Host $http_host;). When people reach the pages by that name, the setting public_url has to be theirs."
)
