"""Checks of the addresses that a discovered URL may lead to (MCP security best practices, server-side request
forgery).
"""

import re
import socket
from collections import OrderedDict
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from mcpbase.addresses import is_public
from mcpbase.resolver import ForbiddenAddress

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# RFC 3986 section 2, without the characters that a command interpreter could treat as special; no accepted URL needs
# them.
PLAIN_URL = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!&*+,=%]+")


def same_host(host: str | None, typed: str | None) -> bool:
    """Whether two hosts are the same; all spellings of loopback count as one."""
    return host is not None and typed is not None and (host == typed or (host in LOOPBACK and typed in LOOPBACK))


def origin_of(url: str) -> str:
    """Scheme and authority of a URL, in lower case (RFC 3986 section 6.2.2.1)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def host_of(url: str) -> str | None:
    """The host of a URL in lower case; None when it has none or is no URL."""
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.port is None or parts.port else None
    except ValueError:
        return None


def is_endpoint_url(url: object, typed_url: str) -> bool:
    """Whether a URL from metadata may be used: https, or http on the very host the person typed with http or on
    loopback (OAuth 2.1 section 1.5).
    """
    if not isinstance(url, str) or not PLAIN_URL.fullmatch(url) or host_of(url) is None or "@" in urlsplit(url).netloc:
        return False
    host, scheme = host_of(url), urlsplit(url).scheme
    plain_http = same_host(host, host_of(typed_url)) and (host in LOOPBACK or typed_url.startswith("http://"))
    return host is not None and (scheme == "https" or (scheme == "http" and plain_http))


class MovedInside(ForbiddenAddress):
    """A typed name that resolved to public addresses before now resolves to private ones only."""


MOST_NAMES = 10_000


class TypedResolver(AbstractResolver):
    """Resolves names that a person typed, whether to public or to private addresses.

    A name that once resolved to a public address must keep doing so, or MovedInside is raised: otherwise its owner
    could later point it at this machine (DNS rebinding). Of mixed answers only the public addresses are used.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or ThreadedResolver()
        self._public: OrderedDict[str, None] = OrderedDict()

    def is_known_public(self, host: str) -> bool:
        """Whether the name is remembered as having resolved to a public address."""
        return host.lower() in self._public

    def remember(self, host: str) -> None:
        """Remember the name as public. Beyond MOST_NAMES the least recently used name is forgotten."""
        self._public[host.lower()] = None
        self._public.move_to_end(host.lower())
        if len(self._public) > MOST_NAMES:
            self._public.popitem(last=False)

    def forget(self, host: str) -> None:
        """Forget the name, when a person types it anew and so accepts whatever it resolves to now."""
        self._public.pop(host.lower(), None)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        public = [result for result in results if is_public(result["host"])]
        if public:
            self.remember(host)
        elif self.is_known_public(host):
            raise MovedInside(host)
        return public or results

    async def close(self) -> None:
        await self._resolver.close()
