"""A resolver for connections to places that strangers name: the addresses that were checked are those that are used."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from aiohttp.abc import AbstractResolver, ResolveResult

from .addresses import is_public

Resolve = Callable[[str], Awaitable[list[str]]]
"""Returns the addresses of a name. Raises OSError."""


class ForbiddenAddress(OSError):
    """A name leads to an address that is not allowed."""


async def resolve(host: str) -> list[str]:
    """By the machine's own rules. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedResolver(AbstractResolver):
    """Refuses a name when ``admits`` does not allow one of its addresses, so that mixed answers gain nothing.

    The connection goes to the addresses that were checked: the name cannot change in between (DNS rebinding). A host
    that is an address is never resolved, so the caller must check it before (``addresses.is_literal``).
    """

    def __init__(self, resolve: Resolve = resolve, *, admits: Callable[[str], bool] = is_public) -> None:
        self._resolve = resolve
        self._admits = admits

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses. Raises ForbiddenAddress, and OSError for a name that does not resolve."""
        addresses = await self._resolve(host)
        refused = [address for address in addresses if not self._admits(address)]
        if refused:
            raise ForbiddenAddress(f"{host} has an address that is not public: {', '.join(refused)}")
        if not addresses:
            raise OSError(f"{host} has no address")
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Release nothing: the resolver holds nothing."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
