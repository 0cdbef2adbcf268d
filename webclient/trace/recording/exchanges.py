"""Recording of one HTTP exchange, with bounded size and masked before it is kept."""

import json
from collections.abc import Iterable

from attrs import define, evolve, field

from ...http import loads
from .hops import Exchange, Message, Timing
from .masking import Masker
from .secrets import EVERYWHERE, OAUTH

MOST_BODY = 16_384
"""Bytes of a body that the trace keeps."""
MOST_HEADERS, LONGEST_HEADER = 64, 4_000
URLS = frozenset({"location", "referer", "content-location"})


def _trimmed(text: str) -> str:
    """The cut text without its last word, which may be an unrecognizable part of a secret."""
    end = max(text.rfind(mark) for mark in " \n\"'&,;<>")
    return text[: end + 1]


def _kind(headers: Iterable[tuple[str, str]]) -> str:
    found = next((value for name, value in headers if name.lower() == "content-type"), "")
    return found.partition(";")[0].strip().lower()


@define
class Writer:
    """Masks the parts of HTTP messages.

    ``oauth`` says that the other side is not an MCP endpoint, so that ``code`` and ``state`` are secrets too.
    """

    masker: Masker
    oauth: bool

    @property
    def _names(self) -> frozenset[str]:
        return OAUTH if self.oauth else EVERYWHERE

    def header(self, name: str, value: str) -> str:
        masked = self.masker.url(value) if name.lower() in URLS else self.masker.named(name, value)
        return masked if len(masked) <= LONGEST_HEADER else _trimmed(masked[:LONGEST_HEADER]) + "…"

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((self.masker.text(name), self.header(name, value)) for name, value in list(headers)[:MOST_HEADERS])

    def body(self, kind: str, data: bytes, *, cut: bool) -> str:
        """The masked text of a body, parsed by its media type ``kind`` and as JSON where it is; "(not text)" for binary
        data.
        """
        if not data:
            return ""
        try:
            text = data.decode("utf-8-sig", "ignore" if cut else "strict")
        except UnicodeDecodeError:
            return "(not text)"
        if "\0" in text:
            return "(not text)"
        if kind == "text/event-stream":
            return self._events(text, cut=cut)
        if kind == "application/x-www-form-urlencoded":
            return self.masker.form(text)
        document = None if cut else self._json(text)
        return document if document is not None else self.masker.text(_trimmed(text) if cut else text, oauth=self.oauth)

    def _json(self, text: str) -> str | None:
        """The masked and indented JSON text; None when the text is not a JSON object or array."""
        try:
            value = loads(text)
        except (ValueError, RecursionError):
            return None
        return (
            json.dumps(self.masker.value(value, self._names), ensure_ascii=False, indent=2)
            if isinstance(value, dict | list)
            else None
        )

    def _events(self, text: str, *, cut: bool) -> str:
        lines = text.splitlines()
        whole, rest = (lines[:-1], lines[-1:]) if cut else (lines, [])
        return "\n".join(
            [*(self._event_line(line) for line in whole), *(self.masker.text(_trimmed(line)) for line in rest)]
        )

    def _event_line(self, line: str) -> str:
        name, colon, value = line.partition(":")
        document = self._json(value) if name == "data" else None
        return f"{name}{colon} {document}" if document is not None else self.masker.text(line, oauth=self.oauth)


@define
class Recording:
    """An exchange in progress.

    Bodies are kept up to MOST_BODY bytes; everything is masked before it leaves this object.
    """

    writer: Writer
    exchange: Exchange
    _kept: bytearray = field(factory=bytearray, repr=False)
    _size: int = 0

    @classmethod
    def start(
        cls, writer: Writer, at: float, method: str, url: str, *, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> "Recording":
        """Start recording a request. ``at`` in epoch seconds."""
        given, data = list(headers), body or b""
        kind, cut = _kind(given), len(data) > MOST_BODY
        text = writer.body(kind, data[:MOST_BODY], cut=cut)
        request = Message(writer.headers(given), text, len(data), cut, kind)
        return cls(writer, Exchange(at=at, method=method, url=writer.masker.url(url), request=request))

    def sent(self, headers: Iterable[tuple[str, str]]) -> None:
        """Record the headers as sent, including those added by the HTTP library."""
        self.exchange = evolve(
            self.exchange, request=evolve(self.exchange.request, headers=self.writer.headers(headers))
        )

    def answered(self, status: int, reason: str, version: str, headers: Iterable[tuple[str, str]]) -> None:
        given = list(headers)
        response = Message(self.writer.headers(given), kind=_kind(given))
        self.exchange = evolve(
            self.exchange,
            status=status,
            reason=self.writer.masker.text(reason)[:200],
            version=version,
            response=response,
        )

    def reached(self, address: str) -> None:
        self.exchange = evolve(self.exchange, address=address)

    def received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._kept += chunk[: MOST_BODY - len(self._kept)]

    def failed(self, sentence: str) -> None:
        self.exchange = evolve(self.exchange, problem=self.writer.masker.text(sentence))

    def timed(self, timing: Timing) -> None:
        self.exchange = evolve(self.exchange, timing=timing)

    def frozen(self) -> Exchange:
        """The exchange as recorded so far."""
        response = self.exchange.response
        if response is None:
            return self.exchange
        cut = self._size > len(self._kept)
        text = self.writer.body(response.kind, bytes(self._kept), cut=cut)
        return evolve(self.exchange, response=evolve(response, body=text, size=self._size, cut=cut))
