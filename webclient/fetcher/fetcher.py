"""The fetcher: applies timeouts and size limits, follows no redirects, and contacts private addresses only on the host
that the person typed.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict, CIMultiDictProxy

from mcpbase.addresses import is_literal, is_public
from mcpbase.resolver import GuardedResolver

from ..addresses import TypedResolver, same_host
from ..cause_code import CauseCode
from ..errors import Unreachable
from ..http import header_text
from ..sources import Sources
from ..trace import Notes
from ..trace.recording import Recording
from .call import Call, Limits, Response, Stream
from .connections import AddressedResponse, ConnectionEnded, Sessions, is_lost, make_sessions
from .refusals import private_address, refusal_of
from .timing import Stopwatch
from .unreachable import reason

LARGEST_HEAD = 128 * 1024
"""Maximum size of all headers of an answer together, in bytes."""
CUT_OFF = "The client stopped waiting before the response was complete."


class Fetcher:
    """Sends requests to the host that a person typed, at whatever address, and to public addresses. Close it when done.

    With ``private`` False only public addresses are contacted, for users who must not reach this machine's network.
    """

    def __init__(
        self,
        limits: Limits,
        sources: Sources | None = None,
        *,
        private: bool = True,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._limits = limits
        self._private = private
        self._sources = sources or Sources()
        self.typed_names = TypedResolver(resolver)
        self._typed = make_sessions(limits.keep_alive, resolver=self.typed_names)
        self._discovered = make_sessions(limits.keep_alive, resolver=GuardedResolver())

    async def close(self) -> None:
        await self._typed.close()
        await self._discovered.close()

    def _sessions(self, host: str, typed_host: str) -> Sessions:
        if self._private and same_host(host, typed_host):
            return self._typed
        if is_literal(host) and not is_public(host):
            raise private_address(f"{host} is", typed=self._private)
        return self._discovered

    @asynccontextmanager
    async def open(self, call: Call, notes: Notes | None = None) -> AsyncIterator[Stream]:
        """Send the request and yield the beginning of the answer; the exchange is recorded in ``notes``, masked.

        Raises Unreachable.
        """
        recording = (
            notes.exchange(self._sources.now(), call.method, call.url, call.headers.items(), call.body)
            if notes
            else None
        )
        watch = Stopwatch()
        try:
            async with self._sent(call, watch) as answer:
                headers = CIMultiDictProxy(
                    CIMultiDict((name, header_text(value)) for name, value in answer.headers.items())
                )
                if notes and recording:
                    notes.status = answer.status
                    _note_answer(recording, answer, headers)
                limit = None if call.unmeasured else self._limits.max_response_size
                yield Stream(answer.status, headers, answer.content, limit, recording)
        except (Unreachable, asyncio.CancelledError) as error:
            if recording:
                recording.failed(str(error) or CUT_OFF)
            raise
        finally:
            watch.finish()
            if recording:
                recording.timed(watch.timing)

    @asynccontextmanager
    async def _sent(self, call: Call, watch: Stopwatch) -> AsyncIterator[aiohttp.ClientResponse]:
        parts = urlsplit(call.url)
        sessions = self._sessions(parts.hostname or "", call.typed_host)
        watch.start()
        try:
            async with asyncio.timeout(call.timeout or self._limits.request_timeout):
                async with await self._answered(call, sessions, watch) as answer:
                    _require_small(answer)
                    yield answer
        except (aiohttp.ClientError, TimeoutError, UnicodeError) as error:
            refusal = refusal_of(error, parts.netloc, typed=self._private)
            raise refusal or Unreachable(*reason(error, parts.netloc)) from error

    @staticmethod
    async def _answered(call: Call, sessions: Sessions, watch: Stopwatch) -> aiohttp.ClientResponse:
        """Send the request and return the beginning of the answer.

        A request that failed on a kept connection is sent again on a new one if nothing of it was sent, or if it may be
        repeated.
        """
        options: dict[str, Any] = {
            "headers": call.headers,
            "data": call.body,
            "allow_redirects": False,
            "trace_request_ctx": watch,
        }
        try:
            return await sessions.kept.request(call.method, call.url, **options)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            lost = watch.reused and call.may_be_repeated and is_lost(error)
            if not lost and not isinstance(error, ConnectionEnded):
                raise
        watch.start()
        return await sessions.fresh.request(call.method, call.url, **options)

    async def fetch(self, call: Call, notes: Notes | None = None) -> Response:
        """Send the request and read the whole answer, recorded in ``notes`` as by open(). Raises Unreachable."""
        async with self.open(call, notes) as stream:
            return Response(stream.status, stream.headers, await stream.read())


def _require_small(answer: aiohttp.ClientResponse) -> None:
    if sum(len(name) + len(value) for name, value in answer.raw_headers) > LARGEST_HEAD:
        raise Unreachable(
            f"The headers of the response are larger than {LARGEST_HEAD:,} bytes, so it was not read.",
            CauseCode.HEADERS_TOO_LARGE,
        )


def _note_answer(recording: Recording, answer: aiohttp.ClientResponse, headers: Mapping[str, str]) -> None:
    version = f"HTTP/{answer.version.major}.{answer.version.minor}" if answer.version else ""
    recording.sent(answer.request_info.headers.items())
    recording.answered(answer.status, header_text(answer.reason or ""), version, headers.items())
    recording.reached(answer.address if isinstance(answer, AddressedResponse) else "")
