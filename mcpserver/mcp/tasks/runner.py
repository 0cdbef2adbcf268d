"""Running of tasks: tool calls that continue after their request is answered (SEP-2663,
``io.modelcontextprotocol/tasks``).
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from attrs import define, evolve, field

from ...principal import principal_of
from ...sources import Sources
from ..interaction import TASK, TASKS, Context, Subscriptions
from ..protocol import InvalidParams, Lease, Ledger, Limits, MissingCapability, Params, Result, RpcError, holder_of
from .questions import TaskInterview
from .records import TaskRecord, TaskStore, task_detailed, task_shown

_log = logging.getLogger(__name__)

LEASE = 15
"""Seconds after which a runner that has not renewed its lease counts as gone."""

_STEP = 5
"""Seconds by which the wall clock must be set forward for leases to be given time for renewal."""

Work = Callable[[Context], Awaitable[Result]]
INTERRUPTED = {"code": -32603, "message": "The server was restarted while the task ran: call the tool again."}


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
    """The tasks of a server; ``lifetime`` in seconds counts from creation."""

    def __init__(
        self, store: TaskStore, subscriptions: Subscriptions, sources: Sources, *, lifetime: int = 3600
    ) -> None:
        self._store = store
        self._subscriptions = subscriptions
        self._sources = sources
        self._lifetime = lifetime
        self._runner = sources.token_bytes(16).hex()
        self._running: dict[bytes, Running] = {}
        self._offset = self._clocks_apart()
        self._judges_from = 0.0
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

    async def get(self, params: Params, context: Context) -> Result:
        """Answer ``tasks/get``. Raises RpcError."""
        task_id, record = await self._owned(params, context)
        return task_detailed(task_id, record)

    async def update(self, params: Params, context: Context) -> Result:
        """Answer ``tasks/update``; answers to unknown or answered questions are ignored. Raises RpcError."""
        given = params.get("inputResponses")
        task_id, record = await self._owned(params, context)
        if not isinstance(given, dict):
            raise InvalidParams('"inputResponses" must be an object.')

        def answer(record: TaskRecord) -> TaskRecord | None:
            taken = {key: result for key, result in given.items() if key in record.asked and isinstance(result, dict)}
            if not taken or record.ended:
                return None
            left = {key: each for key, each in record.asked.items() if key not in taken}
            return evolve(
                record,
                asked=left,
                answered={**record.answered, **taken},
                status="input_required" if left else "working",
            )

        await self._change(task_id, record.digest, answer)
        if record.digest in self._running:
            self._running[record.digest].news.set()
        return {}

    async def cancel(self, params: Params, context: Context) -> Result:
        """Answer ``tasks/cancel``; the work is cancelled where it awaits. Raises RpcError."""
        task_id, record = await self._owned(params, context)
        await self._change(
            task_id, record.digest, lambda each: None if each.ended else evolve(each, status="cancelled", asked={})
        )
        self._stop(record.digest)
        return {}

    async def owned(self, task_ids: list[str], context: Context) -> list[str]:
        """The ids among ``task_ids`` of the caller's own tasks."""
        found = [(task_id, await self._store.find_task(_digest(task_id))) for task_id in task_ids]
        return [
            task_id
            for task_id, record in found
            if record is not None and record.principal == principal_of(context.user)
        ]

    async def poll(self) -> None:
        """Renew the leases of this process, stop tasks that were cancelled elsewhere or expired, and wake the others.

        Ends of tasks that could not be stored before are stored.
        """
        self._look_at_clock()
        if not self._running:
            return
        await self._store.renew_tasks(self._runner, alive_until=self._sources.now() + LEASE)
        for running in [each for each in self._running.values() if each.following is not None]:
            await self._keep_end(running)
            record = await self._store.find_task(running.digest)
            if record is None or record.ended or record.expires_at <= self._sources.now():
                self._stop(running.digest)
            running.news.set()

    async def close(self) -> None:
        """Mark all running tasks as interrupted and cancel them; called when the server stops."""
        running = list(self._running.values())
        for each in running:
            try:
                await self._keep_end(each)
                await self._change(each.id, each.digest, _interrupted)
            except Exception:  # not swallowed: clients read that the task was interrupted once its lease is over
                _log.exception("a task could not be told that the server stops")
            self._stop(each.digest)
        await asyncio.gather(*(each.following for each in running if each.following is not None))

    async def _begin(self, context: Context, job: "asyncio.Future[Result]") -> Running:
        """Store a new task, durably before the client is told of it (SEP-2663: task creation).

        The context's questions, progress and stream are redirected to the task. Raises TooMuch.
        """
        principal, lease = principal_of(context.user), self._under_way.take(holder_of(context.user, None))
        task_id, now = self._sources.token_bytes(24).hex(), self._sources.now()
        record = TaskRecord(_digest(task_id), principal, now, now, now + self._lifetime, self._runner, now + LEASE)
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
            await self._change(
                running.id, running.digest, lambda each: None if each.ended else evolve(each, asked={}, **ended)
            )
            self._drop(running.digest)

    async def _end_of(self, job: "asyncio.Future[Result]") -> dict[str, Any]:
        try:
            return {"status": "completed", "result": msgspec.json.decode(msgspec.json.encode(await job))}
        except RpcError as error:
            return {"status": "failed", **_told(error.as_dict())}
        except asyncio.CancelledError:
            return {"status": "cancelled"}

    def _stop(self, digest: bytes) -> None:
        running = self._drop(digest)
        if running is not None:
            running.job.cancel()

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

            await self._change(running.id, running.digest, put)
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
                await self._change(
                    running.id, running.digest, lambda each: None if each.ended else evolve(each, message=message)
                )
            except Exception:
                _log.exception("the progress of a task could not be kept")

        return tell

    async def _owned(self, params: Params, context: Context) -> tuple[str, TaskRecord]:
        """The id and record of one of the caller's tasks, marked as interrupted when its runner is gone.

        Raises MissingCapability, or InvalidParams for a task that is absent, expired or another caller's.
        """
        context.require_capability("extensions", TASKS)
        task_id = params.get("taskId")
        if isinstance(task_id, str) and (running := self._running.get(_digest(task_id))):
            await self._keep_end(running)
        record = await self._store.find_task(_digest(task_id)) if isinstance(task_id, str) else None
        now = self._sources.now()
        if (
            record is None
            or not isinstance(task_id, str)
            or record.expires_at <= now
            or record.principal != principal_of(context.user)
        ):
            raise InvalidParams("There is no such task, or no longer.")
        if not record.ended and self._is_silent(record) and record.digest not in self._running:
            await self._change(task_id, record.digest, _interrupted)
            record = await self._store.find_task(record.digest) or record
        return task_id, record

    def _is_silent(self, record: TaskRecord) -> bool:
        """Whether the runner's lease is over, or the runner is this process."""
        self._look_at_clock()
        is_over = record.alive_until < self._sources.now() and self._sources.monotonic() >= self._judges_from
        return is_over or record.runner == self._runner

    def _look_at_clock(self) -> None:
        """After the wall clock was set forward, judge no lease for ``LEASE`` seconds, so that runners can renew."""
        offset = self._clocks_apart()
        if offset - self._offset > _STEP:
            self._judges_from = self._sources.monotonic() + LEASE
        self._offset = offset

    def _clocks_apart(self) -> float:
        return self._sources.now() - self._sources.monotonic()

    async def _change(self, task_id: str, digest: bytes, change: Callable[[TaskRecord], TaskRecord | None]) -> None:
        """Apply a change to the current record and publish it, retrying after a concurrent change.

        ``change`` returns None to leave the record as it is.
        """
        while (record := await self._store.find_task(digest)) is not None:
            changed = change(record)
            if changed is None:
                return
            changed = evolve(changed, updated_at=self._sources.now())
            if await self._store.replace_task(changed, version=record.version):
                self._subscriptions.publish(TASK, task_id, dict(task_detailed(task_id, changed)))
                return


def _interrupted(record: TaskRecord) -> TaskRecord | None:
    return None if record.ended else evolve(record, status="failed", asked={}, **_told(INTERRUPTED))


def _told(error: dict[str, Any]) -> dict[str, Any]:
    """The fields of a failed task: the error, and its message in place of the last progress message (SEP-2663: a
    failed task's message says what went wrong).
    """
    return {"error": error, "message": error["message"]}


async def _tell_nobody(method: str, params: Params) -> None:
    """The ``notify`` of tasks, which discards: they have no stream for progress and logs (SEP-2663: task status
    notifications).
    """


def _digest(task_id: str) -> bytes:
    return hashlib.sha256(b"mcp task\0" + task_id.encode("utf-8", "surrogatepass")).digest()
