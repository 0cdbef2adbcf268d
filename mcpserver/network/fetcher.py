"""Fetching over HTTP within limits of size, time and address, for URLs that clients or the operator name."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp

from mcpbase.addresses import is_address, is_literal, is_loopback, is_public
from mcpbase.bounded import TooLarge, read_bounded
from mcpbase.resolver import GuardedResolver, Resolve, resolve

from ..fetching import Fetched, FetchError

DEADLINE = 5.0
"""Seconds for a whole request: name resolution, connecting, and reading the answer to its last byte."""
AT_ONCE = 64
"""Most requests under way; a further one waits up to ``deadline`` for its turn, and then has its own ``deadline``."""


class HttpFetcher:
    """A Fetcher. ``admits`` decides which addresses it may connect to; ``plain`` allows http to this machine.

    A host name is resolved first, and refused if any of its addresses is; the connection then goes to the checked
    addresses, so that a changed DNS answer has no effect. No redirects, cookies, proxies or compression. ``deadline``
    is in seconds.
    """

    def __init__(
        self,
        *,
        admits: Callable[[str], bool] = is_public,
        plain: bool = False,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._admits = admits
        self._plain = plain
        self._resolver = GuardedResolver(resolve, admits=admits)
        self._tls = tls
        self._deadline = deadline
        self._places = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str, *, max_size: int) -> Fetched:
        """See ``fetching.Fetcher``. Raises FetchError."""
        return await self._fetch("GET", url, max_size)

    async def post(self, url: str, form: Mapping[str, str], *, authorization: str, max_size: int) -> Fetched:
        """See ``fetching.Fetcher``. Raises FetchError."""
        return await self._fetch("POST", url, max_size, data=form, headers={"Authorization": authorization})

    async def _fetch(self, method: str, url: str, max_size: int, **details: Any) -> Fetched:
        self._require_address(url)
        try:
            async with (
                self._place(),
                asyncio.timeout(self._deadline),
                self._opened().request(method, url, allow_redirects=False, **details) as answer,
            ):
                return Fetched(
                    answer.status,
                    {name.lower(): value for name, value in answer.headers.items()},
                    await _body(answer, max_size),
                )
        except TimeoutError as error:
            raise FetchError(f"no answer within {self._deadline:g} seconds") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(str(error) or type(error).__name__) from error

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait for one of the places of requests under way. Raises FetchError after the deadline."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._places.acquire()
        except TimeoutError as error:
            raise FetchError("too many requests are under way") from error
        try:
            yield
        finally:
            self._places.release()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """The session, which opens a connection for each request: none is reused for another address."""
        if self._session is None:
            tls = True if self._tls is None else self._tls
            connector = aiohttp.TCPConnector(
                resolver=self._resolver, use_dns_cache=False, force_close=True, ssl=tls, limit=0
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "mcpserver"},
            )
        return self._session

    def _require_address(self, url: str) -> None:
        """Raises FetchError for a URL that must not be fetched.

        Numeric addresses are checked here, because they are never resolved.
        """
        parts = _split(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (self._plain and parts.scheme == "http" and is_loopback(host)):
            raise FetchError("it is not https")
        if parts.username is not None or parts.password is not None or not host:
            raise FetchError("it has no host, or a user before it")
        if is_literal(host) and not is_address(host):
            raise FetchError(f"{host} is another spelling of an address")
        if is_address(host) and not self._admits(host):
            raise FetchError(f"{host} is not a public address")


async def _body(answer: aiohttp.ClientResponse, max_size: int) -> bytes:
    """Read the body. Raises FetchError when it is compressed, or at the first byte beyond ``max_size``."""
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError("it is compressed, though nobody asked for that")
    try:
        return await read_bounded(answer.content, max_size)
    except TooLarge:
        raise FetchError(f"it is larger than {max_size} bytes") from None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise FetchError("it is no address") from error
    return parts
