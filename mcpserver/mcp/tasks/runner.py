"""Tasks: work of a tool that continues after its request was answered (SEP-2663, ``io.modelcontextprotocol/tasks``)."""

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
"""Seconds after which a runner that was not heard of counts as gone."""

_STEP = 5
"""Seconds by which the machine's clock has to be set forward to matter to leases."""

Work = Callable[[Context], Awaitable[Result]]
INTERRUPTED = {"code": -32603, "message": "The server was restarted while the task ran: call the tool again."}


@define(eq=False)
class Running:
    """A task in this process; ``following`` waits for its end, from when it is kept, and ``ended`` has that end
    until it is kept too.
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
    """``lifetime`` in seconds counts from creation; ``runner`` names this process."""

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
        """Run a task tool: as a task at once, or, with the mode ``later``, from where it says so.

        Raises RpcError, InputRequired.
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
        """tasks/get. Raises RpcError."""
        task_id, record = await self._owned(params, context)
        return task_detailed(task_id, record)

    async def update(self, params: Params, context: Context) -> Result:
        """tasks/update: what was not asked, or is answered already, is ignored. Raises RpcError."""
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
        """tasks/cancel: the work is stopped where it waits. Raises RpcError."""
        task_id, record = await self._owned(params, context)
        await self._change(
            task_id, record.digest, lambda each: None if each.ended else evolve(each, status="cancelled", asked={})
        )
        self._stop(record.digest)
        return {}

    async def owned(self, task_ids: list[str], context: Context) -> list[str]:
        """Those that are the caller's."""
        found = [(task_id, await self._store.find_task(_digest(task_id))) for task_id in task_ids]
        return [
            task_id
            for task_id, record in found
            if record is not None and record.principal == principal_of(context.user)
        ]

    async def poll(self) -> None:
        """Say that this process lives, and stop what another one cancelled."""
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
        """The server stops: whatever runs says that it was interrupted."""
        running = list(self._running.values())
        for each in running:
            try:
                await self._keep_end(each)
                await self._change(each.id, each.digest, _interrupted)
            except (
                Exception
            ):  # not swallowed: whoever asks for the task hears that it was interrupted, once its lease is over
                _log.exception("a task could not be told that the server stops")
            self._stop(each.digest)
        await asyncio.gather(*(each.following for each in running if each.following is not None))

    async def _begin(self, context: Context, job: "asyncio.Future[Result]") -> Running:
        """Durable before anybody hears of it (SEP-2663: task creation)."""
        principal, lease = principal_of(context.user), self._under_way.take(holder_of(context.user, None))
        task_id, now = self._sources.token_bytes(24).hex(), self._sources.now()
        record = TaskRecord(_digest(task_id), principal, now, now, now + self._lifetime, self._runner, now + LEASE)
        # Counted before it is kept: many that begin at the same moment are as many.
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
        """Until the work has ended or become a task; whoever leaves before takes the work with them."""
        try:
            await asyncio.wait((job, begun), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            job.cancel()
            raise

    async def _handed_over(self, running: Running) -> Result:
        """A CreateTaskResult; the work goes on by itself."""
        record = await self._store.find_task(running.digest)
        assert record is not None
        return {"resultType": "task", **task_shown(running.id, record)}

    async def _follow(self, running: Running) -> None:
        """The outermost frame of a task: what ends it is kept, now or when the store can again."""
        try:
            running.ended = await self._end_of(running.job)
            await self._keep_end(running)
        except Exception:
            _log.exception("the end of a task could not be kept; it is tried again")

    async def _keep_end(self, running: Running) -> None:
        """Nothing as long as it runs. Work is not done twice because the store was busy at its end."""
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
            """The client's results, once all are there; what was cancelled elsewhere asks nothing any more."""

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
            """What cannot be kept for now is gone: the work matters more than words about it."""
            try:
                await self._change(
                    running.id, running.digest, lambda each: None if each.ended else evolve(each, message=message)
                )
            except Exception:
                _log.exception("the progress of a task could not be kept")

        return tell

    async def _owned(self, params: Params, context: Context) -> tuple[str, TaskRecord]:
        """A task of the caller's; what is another's is not there. Raises MissingCapability or InvalidParams."""
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
        """Whether nobody works on it any more."""
        self._look_at_clock()
        is_over = record.alive_until < self._sources.now() and self._sources.monotonic() >= self._judges_from
        return is_over or record.runner == self._runner

    def _look_at_clock(self) -> None:
        """After a step forward every lease looks over: whoever lives gets the time to renew it."""
        offset = self._clocks_apart()
        if offset - self._offset > _STEP:
            self._judges_from = self._sources.monotonic() + LEASE
        self._offset = offset

    def _clocks_apart(self) -> float:
        return self._sources.now() - self._sources.monotonic()

    async def _change(self, task_id: str, digest: bytes, change: Callable[[TaskRecord], TaskRecord | None]) -> None:
        """Apply a change to the task as it is, looking again when somebody else was faster; None leaves it."""
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
    """The last progress is no longer what a person should read (SEP-2663: a failed task's message says what went
    wrong).
    """
    return {"error": error, "message": error["message"]}


async def _tell_nobody(method: str, params: Params) -> None:
    """Tasks have no stream for progress and logs (SEP-2663: task status notifications)."""


def _digest(task_id: str) -> bytes:
    return hashlib.sha256(b"mcp task\0" + task_id.encode("utf-8", "surrogatepass")).digest()
