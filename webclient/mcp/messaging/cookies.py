"""Cookies of one session with an MCP server, by which load balancers find the server of the session (RFC 6265)."""

from collections.abc import Sequence

from aiohttp import CookieJar
from attrs import define, field
from yarl import URL

from ...addresses import origin_of

MOST, LONGEST = 20, 2048
"""Maximum number of cookies, and of characters of one Set-Cookie header."""
LARGEST = 4096
"""Maximum number of characters of a Cookie header, which leaves room for a token within what servers accept (often 8
KiB).
"""


@define
class Cookies:
    """Cookies, returned only to the origin that set the first of them, whatever Domain they name.

    The jar applies Path, Secure and expiry.
    """

    _jar: CookieJar | None = field(default=None, init=False, repr=False)
    _origin: str = field(default="", init=False)

    def learn(self, url: str, headers: Sequence[str]) -> list[str]:
        """Store the Set-Cookie headers of an answer from ``url``; returns the values of all cookies now stored.

        When there would be more than MOST, only the latest are kept.
        """
        usable = [each for each in headers if len(each) <= LONGEST and each.isascii() and each.isprintable()][:MOST]
        if not usable or self._origin not in ("", origin_of(url)):
            return []
        # unsafe: accept cookies from servers at an IP address.
        jar, self._origin = self._jar or CookieJar(unsafe=True, quote_cookie=False), origin_of(url)
        jar.update_cookies_from_headers(usable, URL(url))
        if len(jar) > MOST:
            jar.clear()
            jar.update_cookies_from_headers(usable, URL(url))
        self._jar = jar
        return [cookie.value for cookie in jar]

    def header(self, url: str) -> str:
        """The Cookie header of a request to ``url``; empty when there are none, or when it would be too long."""
        if self._jar is None or origin_of(url) != self._origin:
            return ""
        as_set = {
            (cookie.key, cookie.value): cookie.coded_value for cookie in self._jar
        }  # quotation marks are part of a value
        fitting = self._jar.filter_cookies(URL(url)).items()
        pairs = "; ".join(f"{name}={as_set.get((name, cookie.value), cookie.value)}" for name, cookie in fitting)
        return pairs if len(pairs) <= LARGEST else ""

    def forget(self) -> None:
        self._jar, self._origin = None, ""
