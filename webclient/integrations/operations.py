"""Running calls: their progress, the server's log messages, and the questions that wait for the person."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from attrs import define, evolve, field, frozen

from ..broadcast import Broadcast
from ..errors import FlowError, unexpected
from ..json_text import JsonObject
from ..mcp.protocol import Progress
from ..sources import Sources
from ..storage import CallRecord, Integration
from .questions import Asked, Question

log = logging.getLogger(__name__)
LINES_KEPT, LONGEST_LINE, MOST_UNDER_WAY = 200, 2000, 20


class TooMuchAtOnce(FlowError):
    """Too many calls of one integration are under way."""


@frozen
class TaskStatus:
    """The status of a task as the server reports it (SEP-2663)."""

    status: str
    message: str = ""


@define(eq=False)
class Operation(Asked):
    """A running call, and the Host that answers the server's questions during it.

    ``record`` is the result, None until the call is over.
    """

    integration: Integration
    begun: CallRecord
    sources: Sources
    feed: Broadcast
    progress_made: Progress | None = None
    lines: deque[str] = field(factory=lambda: deque(maxlen=LINES_KEPT))
    questions: dict[str, Question] = field(factory=dict)
    record: CallRecord | None = None
    task: TaskStatus | None = None
    _running: "asyncio.Task[None] | None" = field(default=None, init=False)
    _changed: asyncio.Event = field(factory=asyncio.Event)

    @property
    def id(self) -> str:
        return self.begun.id

    def _tell(self) -> None:
        self._changed.set()
        self.feed.publish(self.integration.id, f"operation-{self.id}")
        self.feed.publish(self.integration.id, "operations")

    # The person's side

    async def settled(self, patience: float) -> None:
        """Wait until the call is over or asks a question, for at most ``patience`` seconds, so that quick calls need no
        second page load.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self.record is None and not self.questions:
                    self._changed.clear()
                    await self._changed.wait()

    async def over(self) -> AsyncIterator[None]:
        """Yields after each change of the call, and ends when the call is over."""
        while self.record is None:
            self._changed.clear()
            await self._changed.wait()
            yield

    def cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()

    # The server's side: Host

    async def progress(self, progress: Progress) -> None:
        self.progress_made = progress
        self._tell()

    async def notify(self, method: str, params: JsonObject) -> None:
        if method == "notifications/tasks":
            self.task = TaskStatus(
                str(params.get("status"))[:20], str(params.get("statusMessage") or "")[:LONGEST_LINE]
            )
            self.lines.append(f"task {self.task.status}: {self.task.message}".rstrip(": ")[:LONGEST_LINE])
            self._tell()
        if method == "notifications/message":
            level, data = str(params.get("level", ""))[:20], params.get("data")
            self.lines.append(f"{level}: {data if isinstance(data, str) else repr(data)}"[:LONGEST_LINE])
            self._tell()

    # Running

    def start(
        self, work: Callable[["Operation"], Awaitable[CallRecord]], done: Callable[["Operation"], Awaitable[None]]
    ) -> None:
        self._running = asyncio.create_task(self._run(work, done))

    async def _run(
        self, work: Callable[["Operation"], Awaitable[CallRecord]], done: Callable[["Operation"], Awaitable[None]]
    ) -> None:
        began = self.sources.monotonic()
        try:
            record = await work(self)
        except asyncio.CancelledError:
            record = evolve(self.begun, problem="You cancelled this call. It may have taken effect.")
            self.task = self.task and evolve(self.task, status="cancelled")
        except Exception:
            reference = self.sources.token()[:8]
            log.exception("call %s failed", reference)
            record = evolve(self.begun, problem=unexpected(reference))
        took = round((self.sources.monotonic() - began) * 1000)
        self.record = evolve(
            record, milliseconds=took, log=tuple(self.lines), task=self.task.status if self.task else ""
        )
        self.questions.clear()
        try:
            await done(self)
        finally:
            self._tell()

    async def stop(self) -> None:
        """Cancel the call and wait for its end, at shutdown."""
        self.cancel()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)


@define
class Operations:
    """All running calls of this process. ``keep`` stores the record of a finished one."""

    sources: Sources
    feed: Broadcast
    keep: Callable[[str, CallRecord], Awaitable[None]]
    _under_way: dict[str, Operation] = field(factory=dict)

    def begin(
        self, integration: Integration, record: CallRecord, work: Callable[[Operation], Awaitable[CallRecord]]
    ) -> Operation:
        """Start a call in the background. Raises TooMuchAtOnce."""
        if len(self.of(integration)) >= MOST_UNDER_WAY:
            raise TooMuchAtOnce(f"{MOST_UNDER_WAY} calls are running already. Wait until one has ended, or cancel one.")
        begun = evolve(
            record,
            id=self.sources.token()[:16],
            at=self.sources.now(),
            result=None,
            problem="",
            missing=(),
            log=(),
            milliseconds=0,
            task="",
        )
        operation = Operation(integration, begun, self.sources, self.feed)
        self._under_way[operation.id] = operation
        operation.start(work, self._done)
        self.feed.publish(integration.id, "operations")
        return operation

    async def _done(self, operation: Operation) -> None:
        assert operation.record is not None
        try:
            await self.keep(operation.integration.id, operation.record)
        except Exception:
            log.exception("the result of a call could not be stored")
        finally:
            self._under_way.pop(operation.id, None)
            self.feed.publish(operation.integration.id, "operations")

    def of(self, integration: Integration) -> list[Operation]:
        return [each for each in self._under_way.values() if each.integration.id == integration.id]

    def find(self, integration: Integration, operation_id: str) -> Operation | None:
        """The running call of this integration with this id; None when there is none."""
        found = self._under_way.get(operation_id)
        return found if found and found.integration.id == integration.id else None

    async def close(self) -> None:
        for operation in list(self._under_way.values()):
            await operation.stop()
