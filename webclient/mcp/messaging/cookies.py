"""Cookies of one session with one MCP server: load balancers use them to find the server of a session (RFC 6265)."""

from collections.abc import Sequence

from aiohttp import CookieJar
from attrs import define, field
from yarl import URL

from ...addresses import origin_of

MOST, LONGEST = 20, 2048
"""How many cookies are kept, and characters of one as it is set."""
LARGEST = 4096
"""Characters of all that go along with one request, beside which a token must find room in what servers take (often
8 KiB).
"""


@define
class Cookies:
    """Go back to the origin that set the first of them and to no other, whatever Domain they name.

    The jar knows Path, Secure and expiry.
    """

    _jar: CookieJar | None = field(default=None, init=False, repr=False)
    _origin: str = field(default="", init=False)

    def learn(self, url: str, headers: Sequence[str]) -> list[str]:
        """Take in the Set-Cookie headers of an answer from ``url``; returns the values that are kept now.

        Too many begin anew with the latest.
        """
        usable = [each for each in headers if len(each) <= LONGEST and each.isascii() and each.isprintable()][:MOST]
        if not usable or self._origin not in ("", origin_of(url)):
            return []
        # unsafe: servers at an IP address have cookies, too.
        jar, self._origin = self._jar or CookieJar(unsafe=True, quote_cookie=False), origin_of(url)
        jar.update_cookies_from_headers(usable, URL(url))
        if len(jar) > MOST:
            jar.clear()
            jar.update_cookies_from_headers(usable, URL(url))
        self._jar = jar
        return [cookie.value for cookie in jar]

    def header(self, url: str) -> str:
        """The Cookie header of a request to ``url``; empty for none."""
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
