"""Running of tasks: tool calls that continue after their request is answered (SEP-2663,
``io.modelcontextprotocol/tasks``).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from attrs import define, evolve, field

from ...principal import principal_of
from ...sources import Sources
from ..interaction import TASK, TASKS, Context, Subscriptions
from ..protocol import Lease, Ledger, Limits, MissingCapability, Params, Result, RpcError, holder_of
from .changes import TaskChanges, digest_of, ending, failure, interrupted
from .leases import Leases
from .questions import TaskInterview
from .records import TaskRecord, TaskStore, task_detailed, task_shown

_log = logging.getLogger(__name__)

Work = Callable[[Context], Awaitable[Result]]


@define(eq=False)
class Running:
    """A task that runs in this process.

    ``following`` stores the end of the task and is set once the task itself is stored; ``ended`` has the changes that
    end the record, from the end of ``job`` on.
    """

    id: str
    digest: bytes
    principal: tuple[str, ...]
    job: "asyncio.Future[Result]"
    lease: Lease
    news: asyncio.Event = field(factory=asyncio.Event)
    following: "asyncio.Task[None] | None" = None
    ended: dict[str, Any] | None = None


class Tasks:
    """The tasks that run in this process; ``lifetime`` in seconds counts from creation."""

    def __init__(
        self, store: TaskStore, subscriptions: Subscriptions, sources: Sources, *, lifetime: int = 3600
    ) -> None:
        self.changes = TaskChanges(store, subscriptions, sources)
        self.leases = Leases(sources)
        self._store = store
        self._sources = sources
        self._lifetime = lifetime
        self._running: dict[bytes, Running] = {}
        self._under_way = Ledger(Limits().tasks, "tasks")

    async def call(self, mode: object, work: Work, context: Context) -> Result:
        """Run a task tool as a task: from its start, or, with the mode ``later``, from where it calls ``begin_task``.

        Without a client that knows tasks it runs as an ordinary call. Raises RpcError (MissingCapability for the mode
        ``required``) or InputRequired.
        """
        if not (context.is_modern and context.can("tasks")):
            if mode == "required":
                raise MissingCapability("extensions", TASKS)
            return await work(context)
        begun: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        once = asyncio.Lock()

        async def begin() -> bool:
            async with once:
                if not begun.done():
                    begun.set_result(await self._begin(context, job))
            return True

        async def run() -> Result:
            if mode != "later":
                await begin()
            try:
                return await work(context)
            except asyncio.CancelledError:
                context.cancel()
                raise

        context.begin = begin
        job = asyncio.ensure_future(run())
        await self._wait_for(job, begun)
        return await self._handed_over(begun.result()) if begun.done() else job.result()

    async def poll(self) -> None:
        """Renew the leases of this process, stop tasks that were cancelled elsewhere or expired, and wake the others.

        Ends of tasks that could not be stored before are stored.
        """
        self.leases.look_at_clock()
        if not self._running:
            return
        await self._store.renew_tasks(self.leases.runner, alive_until=self.leases.until())
        for running in [each for each in self._running.values() if each.following is not None]:
            await self._keep_end(running)
            record = await self._store.find_task(running.digest)
            if record is None or record.ended or record.expires_at <= self._sources.now():
                self.stop(running.digest)
            running.news.set()

    async def hear(self, digest: bytes) -> None:
        """Take note of a change that another process made: of an answer, a cancellation, progress or an end."""
        record = await self._store.find_task(digest)
        if record is None:
            return
        if record.ended:
            self.stop(digest)
        self.wake(digest)
        self.changes.subscriptions.spread(TASK, digest.hex(), dict(task_detailed("", record)))

    def runs(self, digest: bytes) -> bool:
        """Whether a task runs in this process."""
        return digest in self._running

    def wake(self, digest: bytes) -> None:
        """Let a task that waits for answers look for them, if it runs here."""
        if digest in self._running:
            self._running[digest].news.set()

    def stop(self, digest: bytes) -> None:
        """Cancel the work of a task, if it runs here."""
        running = self._drop(digest)
        if running is not None:
            running.job.cancel()

    async def keep_end(self, digest: bytes) -> None:
        """Store the end of a task of this process that could not be stored before."""
        if digest in self._running:
            await self._keep_end(self._running[digest])

    async def close(self) -> None:
        """Mark all running tasks as interrupted and cancel them; called when the server stops."""
        running = list(self._running.values())
        for each in running:
            try:
                await self._keep_end(each)
                await self.changes.apply(each.id, interrupted)
            except Exception:  # not swallowed: clients read that the task was interrupted once its lease is over
                _log.exception("a task could not be told that the server stops")
            self.stop(each.digest)
        await asyncio.gather(*(each.following for each in running if each.following is not None))

    async def _begin(self, context: Context, job: "asyncio.Future[Result]") -> Running:
        """Store a new task, durably before the client is told of it (SEP-2663: task creation).

        The context's questions, progress and stream are redirected to the task. Raises TooMuch.
        """
        principal, lease = principal_of(context.user), self._under_way.take(holder_of(context.user, None))
        task_id, now = self._sources.token_bytes(24).hex(), self._sources.now()
        record = TaskRecord(
            digest_of(task_id), principal, now, now, now + self._lifetime, self.leases.runner, self.leases.until()
        )
        # Registered before it is stored, so that tasks which begin at the same moment are all counted.
        running = self._running[record.digest] = Running(task_id, record.digest, principal, job, lease)
        try:
            await self._store.add_task(record)
        except BaseException:
            self._drop(record.digest)
            raise
        running.following = asyncio.create_task(self._follow(running))
        context.interview = TaskInterview(self._asking(running), context.interview.remembered)
        context.notify = _tell_nobody
        context.status = self._telling(running)
        context.release = None
        return running

    async def _wait_for(self, job: "asyncio.Future[Result]", begun: "asyncio.Future[Running]") -> None:
        """Wait until the work has ended or become a task; cancelling the request before that cancels the work."""
        try:
            await asyncio.wait((job, begun), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            job.cancel()
            raise

    async def _handed_over(self, running: Running) -> Result:
        """A CreateTaskResult, for work that continues as a task."""
        record = await self._store.find_task(running.digest)
        assert record is not None
        return {"resultType": "task", **task_shown(running.id, record)}

    async def _follow(self, running: Running) -> None:
        """Wait for the end of a task and store it; when the store fails, ``poll`` tries again.

        The outermost frame of a task, which logs every exception.
        """
        try:
            running.ended = await self._end_of(running.job)
            await self._keep_end(running)
        except Exception:
            _log.exception("the end of a task could not be kept; it is tried again")

    async def _keep_end(self, running: Running) -> None:
        """Store the end of a task that has ended; does nothing while it runs.

        Called again until the store accepts it, so that work is not repeated because the store was busy.
        """
        ended = running.ended
        if ended is not None:
            await self.changes.apply(running.id, ending(**ended))
            self._drop(running.digest)

    async def _end_of(self, job: "asyncio.Future[Result]") -> dict[str, Any]:
        try:
            return {"status": "completed", "result": msgspec.json.decode(msgspec.json.encode(await job))}
        except RpcError as error:
            return failure(error.as_dict())
        except asyncio.CancelledError:
            return {"status": "cancelled"}

    def _drop(self, digest: bytes) -> Running | None:
        running = self._running.pop(digest, None)
        if running is not None:
            running.lease.end()
        return running

    def _asking(self, running: Running) -> Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]:
        async def ask(requests: dict[str, Any]) -> dict[str, Any]:
            """The client's results, once all have arrived. Raises CancelledError when the task ended elsewhere."""

            def put(record: TaskRecord) -> TaskRecord | None:
                return (
                    None
                    if record.ended
                    else evolve(record, status="input_required", asked={**record.asked, **requests})
                )

            await self.changes.apply(running.id, put)
            while True:
                record = await self._store.find_task(running.digest)
                if record is None or record.ended:
                    raise asyncio.CancelledError
                if record.answered.keys() >= requests.keys():
                    return {key: record.answered[key] for key in requests}
                await running.news.wait()
                running.news.clear()

        return ask

    def _telling(self, running: Running) -> Callable[[str], Awaitable[None]]:
        async def tell(message: str) -> None:
            """Store a progress message; a failure is logged and does not end the work."""
            try:
                await self.changes.apply(running.id, lambda each: None if each.ended else evolve(each, message=message))
            except Exception:
                _log.exception("the progress of a task could not be kept")

        return tell


async def _tell_nobody(method: str, params: Params) -> None:
    """The ``notify`` of tasks, which discards: they have no stream for progress and logs (SEP-2663: task status
    notifications).
    """
