"""A run as an HTTP Archive (HAR 1.2), for the developer tools of browsers and other programs. All values in it are
masked.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..recording import Exchange, Hop, Message, Timing, readable
from .chapters import title_of

UNKNOWN = -1
"""The value that HAR uses for an unknown number."""
ADDRESS = re.compile(r"[0-9A-Fa-f.:]+")


def instant(at: float) -> str:
    """ISO 8601 time with milliseconds, as HAR requires it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def har(hops: Sequence[Hop], *, version: str) -> dict[str, Any]:
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


def _page(first: Hop) -> dict[str, Any]:
    return {
        "startedDateTime": instant(first.at),
        "id": f"run-{first.run}",
        "title": readable(first.title),
        "pageTimings": {},
    }


def _entry(hop: Hop, exchange: Exchange) -> dict[str, Any]:
    timings = _timings(exchange.timing)
    entry = {
        "pageref": f"run-{hop.run}",
        "startedDateTime": instant(exchange.at),
        "time": round(sum(value for value in timings.values() if value > 0), 3),
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": timings,
        "comment": f"{title_of(hop.chapter)}: {hop.title}. {readable(hop.told)}",
    }
    return {**entry, "serverIPAddress": exchange.address} if ADDRESS.fullmatch(exchange.address) else entry


def _timings(timing: Timing) -> dict[str, float]:
    """The timings of an entry. ``send``, ``wait`` and ``receive`` are required, so that unknown ones are 0; the others
    may be UNKNOWN.
    """
    optional = {"blocked": None, "dns": timing.resolve, "connect": timing.connect, "ssl": None}
    required = {"send": timing.send, "wait": timing.wait, "receive": timing.receive}
    return {
        **{name: UNKNOWN if value is None else value for name, value in optional.items()},
        **{name: value or 0 for name, value in required.items()},
    }


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": readable(name), "value": readable(value)} for name, value in pairs]


def _request(exchange: Exchange) -> dict[str, Any]:
    message = exchange.request
    url = readable(exchange.url)
    request = {
        "method": exchange.method,
        "url": url,
        "httpVersion": exchange.version or "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(message.headers),
        "queryString": _pairs(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": message.size,
    }
    return (
        {**request, "postData": {"mimeType": message.kind, "text": readable(message.body)}} if message.size else request
    )


def _response(exchange: Exchange) -> dict[str, Any]:
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


def _content(message: Message) -> dict[str, Any]:
    content: dict[str, Any] = {"size": message.size, "mimeType": message.kind or "x-unknown"}
    if message.body:
        content["text"] = readable(message.body)
    return {**content, "comment": "Only the beginning is kept."} if message.cut else content
