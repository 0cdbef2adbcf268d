"""Warnings of a proxy that the operator has not named, or that contradicts the public URL."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web
from attrs import define, field

from ..addresses import is_loopback
from .forwarding import is_trusted

_log = logging.getLogger(__name__)

_UNREAD = "X-Real-IP"
_ORIGIN = ("X-Forwarded-For", "Forwarded", _UNREAD)
_UNDECLARED = (
    "%s sends %s and is not in the setting trusted_proxies, so that everybody behind it is one address where attempts "
    "are counted:"
    " if it is your proxy, set trusted_proxies to %s (%s=%s)."
)
_PLACE = ("X-Forwarded-Host", "X-Forwarded-Proto")
_MISDIRECTED = (
    "This request names {host}, but this is {url}. When a proxy in front sends it, let the proxy pass on the Host "
    "that its client sent"
    " (nginx: proxy_set_header Host $http_host;). When people reach this by that name, the setting public_url has to "
    "be theirs."
)
_HOUR = 3600
_MOST = 20
"""Warnings of each kind, so that invented headers do not fill the log."""


@define
class Proxies:
    """The warnings of one application, each given once.

    ``trusted`` are the proxies that the operator named in ``variable``; ``mask`` removes secrets from a text.
    """

    public_url: str
    trusted: tuple[str, ...]
    variable: str
    mask: Callable[[str], str]
    _unheard: set[str] = field(factory=set, init=False)
    _contradicted: set[tuple[str, str]] = field(factory=set, init=False)
    _hosts: set[str] = field(factory=set, init=False)
    _hosts_since: float = field(default=0.0, init=False)

    def look(self, request: web.Request) -> None:
        """Warn of a proxy that is not trusted (once for each), and of a request for another place than the
        public URL.
        """
        headers = request.headers
        name = next((name for name in _ORIGIN if name in headers), None)
        if name is not None and request.remote and request.remote not in self._unheard and len(self._unheard) < _MOST:
            self._hear(request.remote, name)
        if any(name in headers for name in _PLACE):
            self._warn_of_contradiction(request)

    def misdirected(self, request: web.Request, *, now: float) -> str:
        """Return why a request for another host is refused.

        It is logged once an hour for each host, so that scanners do not hide a mistake in the operator's own proxy.
        """
        host = request.headers.get("Host", "")
        shown = f"the host {self.mask(host)[:200]!r}" if host else "no host"
        sentence = _MISDIRECTED.format(host=shown, url=self.public_url)
        if now - self._hosts_since >= _HOUR:
            self._hosts, self._hosts_since = set(), now
        if host not in self._hosts and len(self._hosts) < _MOST:
            self._hosts.add(host)
            _log.warning("refused with 421, from %s: %s", request.remote, sentence)
        return sentence

    def _hear(self, peer: str, name: str) -> None:
        if not is_trusted(peer, self.trusted):
            self._unheard.add(peer)
            _log.warning(_UNDECLARED, peer, name, peer, self.variable, peer)
        elif name == _UNREAD:
            self._unheard.add(peer)
            _log.warning("%s sends %s, which is not read: have this proxy send X-Forwarded-For.", peer, name)

    def _warn_of_contradiction(self, request: web.Request) -> None:
        """Warn once of headers that contradict the public URL. Nothing is ever derived from them."""
        parts = urlsplit(self.public_url)
        expected = {"X-Forwarded-Host": parts.netloc, "X-Forwarded-Proto": parts.scheme}
        for name in _PLACE:
            value = request.headers.get(name)
            if (
                value is not None
                and value != expected[name]
                and (name, value) not in self._contradicted
                and len(self._contradicted) < _MOST
            ):
                self._contradicted.add((name, value))
                _log.warning(
                    "%s says %r, but the public URL is %s: set the public URL to what clients use",
                    name,
                    value[:200],
                    self.public_url,
                )


def missing_proxy(public_url: str, host: str, trusted: tuple[str, ...]) -> str | None:
    """Return one sentence for the operator of a program that must be behind a proxy that the settings do not name; else
    None.
    """
    if not public_url.startswith("https://") or trusted or not is_loopback(host):
        return None
    return (
        f"The public URL is https and this listens on {host} only, so a proxy stands in front, but the setting "
        "trusted_proxies names none:"
        f" everybody who signs in counts as one address until you set it to the proxy's, such as {host}."
    )
