"""A run as an HTTP Archive (HAR 1.2), for the developer tools of browsers and other programs. All values in it are
masked.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from ..recording import Exchange, Hop, Message, Timing, readable
from .chapters import title_of
from .har_format import Archive, Content, Entry, Page, Pair, Request, Response, Timings

UNKNOWN = -1
"""The value that HAR uses for an unknown number."""
ADDRESS = re.compile(r"[0-9A-Fa-f.:]+")


def instant(at: float) -> str:
    """ISO 8601 time with milliseconds, as HAR requires it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def har(hops: Sequence[Hop], *, version: str) -> Archive:
    """The archive: one page for each run, one entry for each exchange.

    Requests that the browser itself sent are not recorded, and so not included.
    """
    firsts = {hop.run: hop for hop in reversed(hops)}
    return {
        "log": {
            "version": "1.2",
            "creator": {
                "name": "webclient",
                "version": version,
                "comment": "Secrets are masked: each is replaced by a name derived from it.",
            },
            "pages": [_page(hop) for _, hop in sorted(firsts.items())],
            "entries": [_entry(hop, exchange) for hop in hops for exchange in hop.exchanges],
        }
    }


def _page(first: Hop) -> Page:
    return {
        "startedDateTime": instant(first.at),
        "id": f"run-{first.run}",
        "title": readable(first.title),
        "pageTimings": {},
    }


def _entry(hop: Hop, exchange: Exchange) -> Entry:
    entry: Entry = {
        "pageref": f"run-{hop.run}",
        "startedDateTime": instant(exchange.at),
        "time": _total(exchange.timing),
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": _timings(exchange.timing),
        "comment": f"{title_of(hop.chapter)}: {hop.title}. {readable(hop.told)}",
    }
    if ADDRESS.fullmatch(exchange.address):
        entry["serverIPAddress"] = exchange.address
    return entry


def _total(timing: Timing) -> float:
    """Milliseconds of all phases that happened."""
    phases = (timing.resolve, timing.connect, timing.send, timing.wait, timing.receive)
    return round(sum(phase for phase in phases if phase and phase > 0), 3)


def _timings(timing: Timing) -> Timings:
    """The timings of an entry. ``send``, ``wait`` and ``receive`` are required, so that unknown ones are 0; the others
    may be UNKNOWN.
    """
    return {
        "blocked": UNKNOWN,
        "dns": UNKNOWN if timing.resolve is None else timing.resolve,
        "connect": UNKNOWN if timing.connect is None else timing.connect,
        "ssl": UNKNOWN,
        "send": timing.send or 0,
        "wait": timing.wait or 0,
        "receive": timing.receive or 0,
    }


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[Pair]:
    return [{"name": readable(name), "value": readable(value)} for name, value in pairs]


def _request(exchange: Exchange) -> Request:
    message = exchange.request
    url = readable(exchange.url)
    request: Request = {
        "method": exchange.method,
        "url": url,
        "httpVersion": exchange.version or "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(message.headers),
        "queryString": _pairs(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": message.size,
    }
    if message.size:
        request["postData"] = {"mimeType": message.kind, "text": readable(message.body)}
    return request


def _response(exchange: Exchange) -> Response:
    """The response of an entry; status 0 when there was none, as browsers write it."""
    message = exchange.response or Message()
    return {
        "status": exchange.status or 0,
        "statusText": readable(exchange.reason),
        "httpVersion": exchange.version or "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(message.headers),
        "content": _content(message),
        "redirectURL": readable(message.header("Location")),
        "headersSize": UNKNOWN,
        "bodySize": message.size if exchange.response else UNKNOWN,
        "comment": readable(exchange.problem),
    }


def _content(message: Message) -> Content:
    content: Content = {"size": message.size, "mimeType": message.kind or "x-unknown"}
    if message.body:
        content["text"] = readable(message.body)
    if message.cut:
        content["comment"] = "Only the beginning is kept."
    return content
