"""Which addresses a discovered URL may lead to (MCP security best practices, server-side request forgery)."""

import ipaddress
import re
import socket
from collections import OrderedDict
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# RFC 3986 section 2 without the characters a command interpreter could take for its own: nothing we accept needs them.
PLAIN_URL = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!&*+,=%]+")
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""RFC 4291 section 2.4: everything else in IPv6 is for a special use, IPv4 addresses in old disguises among it."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052 section 2.1: where a network without IPv4 shows the rest of the Internet."""
SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.88.99.0/24",  # once the relays of 6to4 (RFC 7526)
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4: an IPv4 address in disguise (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""What not every version of the standard library knows to be special."""


class ForbiddenAddress(OSError):
    """The name leads to an address only a URL typed by the person may lead to."""


def is_public(address: str) -> bool:
    """Whether an IP address is reachable for everyone. A mapped or translated (NAT64) one counts as the IPv4 address in it; older disguises are refused."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return _is_public_v4(parsed)
    if parsed.ipv4_mapped or parsed in NAT64:
        return _is_public_v4(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF))
    return parsed in GLOBAL_UNICAST and parsed.is_global and not any(parsed in network for network in SPECIAL)


def _is_public_v4(address: ipaddress.IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in network for network in SPECIAL)


def is_literal(host: str) -> bool:
    """Whether a URL's host would be taken for an address without asking a resolver, in any spelling inet_aton knows."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", host.lower()))
    return True


def same_host(host: str | None, typed: str | None) -> bool:
    """Whether two hosts are the same, taking the spellings of loopback as one."""
    return host is not None and typed is not None and (host == typed or (host in LOOPBACK and typed in LOOPBACK))


def host_of(url: str) -> str | None:
    """The host of a URL in lower case; None when it has none or is no URL."""
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.port is None or parts.port else None
    except ValueError:
        return None


def is_endpoint_url(url: object, typed_url: str) -> bool:
    """Whether a URL from metadata may be used: https, or http on the very host the person typed with http or on loopback (OAuth 2.1 section 1.5)."""
    if not isinstance(url, str) or not PLAIN_URL.fullmatch(url) or host_of(url) is None or "@" in urlsplit(url).netloc:
        return False
    host, scheme = host_of(url), urlsplit(url).scheme
    plain_http = same_host(host, host_of(typed_url)) and (host in LOOPBACK or typed_url.startswith("http://"))
    return host is not None and (scheme == "https" or (scheme == "http" and plain_http))


class MovedInside(ForbiddenAddress):
    """A typed name that led to the public Internet before leads into a private network now."""


MOST_NAMES = 10_000


class TypedResolver(AbstractResolver):
    """Resolves names that a person typed, wherever they lead. One that led to public addresses goes on doing so, or is refused: else whoever has the name
    could lead into this machine later (DNS rebinding). Of mixed answers only the public addresses are used.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or ThreadedResolver()
        self._public: OrderedDict[str, None] = OrderedDict()

    def is_known_public(self, host: str) -> bool:
        """Whether the name has led to a public address, as far as is remembered."""
        return host.lower() in self._public

    def remember(self, host: str) -> None:
        """It led to a public address. Those longest unused are forgotten."""
        self._public[host.lower()] = None
        self._public.move_to_end(host.lower())
        if len(self._public) > MOST_NAMES:
            self._public.popitem(last=False)

    def forget(self, host: str) -> None:
        """A person types it anew, and means wherever it leads now."""
        self._public.pop(host.lower(), None)

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        public = [result for result in results if is_public(result["host"])]
        if public:
            self.remember(host)
        elif self.is_known_public(host):
            raise MovedInside(host)
        return public or results

    async def close(self) -> None:
        await self._resolver.close()


class PublicResolver(AbstractResolver):
    """Resolves names and refuses all of a name's addresses when one is not public, so that mixed answers gain nothing."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        if not all(is_public(result["host"]) for result in results):
            raise ForbiddenAddress(host)
        return results

    async def close(self) -> None:
        await self._resolver.close()
