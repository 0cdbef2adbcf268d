"""The values of an exchange: its limits, the request to make, and the answer."""

from collections.abc import AsyncIterator, Mapping

import aiohttp
from attrs import field, frozen
from multidict import CIMultiDictProxy

from ..cause_code import CauseCode
from ..errors import Unreachable
from ..http import loads
from ..json_text import JsonObject
from ..trace.recording import Recording


@frozen
class Limits:
    """Limits of an exchange: seconds for all of it (unless the call sets its own), and bytes of the answer's body.

    ``keep_alive`` is the number of seconds that an idle connection is kept. Servers close idle connections at any time
    (RFC 9112 section 9.5), Node's after five seconds; a request that crosses with the close is lost, and most requests
    here must not be sent twice.
    """

    request_timeout: float = 10
    max_response_size: int = 1024 * 1024
    keep_alive: float = 2


@frozen
class Call:
    """One request to make. ``typed_host`` is the host of the URL that the person typed; ``body`` may contain secrets.

    ``unmeasured`` lifts the limit on the body's size, for a stream that stays open; the reader bounds each message.
    ``repeatable`` marks a request that may safely be sent twice; GET and HEAD always may.
    """

    method: str
    url: str
    typed_host: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float | None = None
    unmeasured: bool = False
    repeatable: bool = False

    @property
    def may_be_repeated(self) -> bool:
        return self.repeatable or self.method in ("GET", "HEAD")


@frozen
class Response:
    """An answer read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes = field(repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx; an unknown 2xx status counts as 200 (RFC 9110 section 15.3)."""
        return 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """The media type, in lower case and without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def json_object(self) -> JsonObject | None:
        """The body as a JSON object; None when it is not one."""
        try:
            value = loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


@frozen
class Stream:
    """An answer being read. ``chunks`` raises Unreachable when the body exceeds ``limit`` bytes."""

    status: int
    headers: CIMultiDictProxy[str]
    content: aiohttp.StreamReader
    limit: int | None
    recording: Recording | None = field(default=None, repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self.content.iter_any():
            size += len(chunk)
            if self.recording:
                self.recording.received(chunk)
            if self.limit is not None and size > self.limit:
                raise Unreachable(
                    f"The response is larger than {self.limit:,} bytes, so it was cut off.", CauseCode.TOO_LARGE
                )
            yield chunk

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])
