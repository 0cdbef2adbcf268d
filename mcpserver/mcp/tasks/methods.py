"""``tasks/get``, ``tasks/update`` and ``tasks/cancel``, for the callers to whom the tasks belong."""

from attrs import evolve

from ...principal import principal_of
from ..interaction import TASKS, Context
from ..protocol import InvalidParams, Params, Result
from .changes import digest_of, ending, interrupted
from .records import TaskRecord, task_detailed
from .runner import Tasks


class TaskMethods:
    """The methods with which clients follow tasks; ``tasks`` are those that run in this process."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._changes = tasks.changes
        self._store = tasks.changes.store
        self._sources = tasks.changes.sources

    async def get(self, params: Params, context: Context) -> Result:
        """Answer ``tasks/get``. Raises RpcError."""
        task_id, record = await self._require(params, context)
        return task_detailed(task_id, record)

    async def update(self, params: Params, context: Context) -> Result:
        """Answer ``tasks/update``; answers to unknown or answered questions are ignored. Raises RpcError."""
        given = params.get("inputResponses")
        task_id, record = await self._require(params, context)
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

        await self._changes.apply(task_id, answer)
        self._tasks.wake(record.digest)
        return {}

    async def cancel(self, params: Params, context: Context) -> Result:
        """Answer ``tasks/cancel``; the work is cancelled where it awaits. Raises RpcError."""
        task_id, record = await self._require(params, context)
        await self._changes.apply(task_id, ending(status="cancelled"))
        self._tasks.stop(record.digest)
        return {}

    async def owned(self, task_ids: list[str], context: Context) -> dict[str, str]:
        """The ids among ``task_ids`` of the caller's own tasks, by the subject of their events."""
        found = [(task_id, await self._store.find_task(digest_of(task_id))) for task_id in task_ids]
        return {
            record.digest.hex(): task_id
            for task_id, record in found
            if record is not None and record.principal == principal_of(context.user)
        }

    async def _require(self, params: Params, context: Context) -> tuple[str, TaskRecord]:
        """The id and record of one of the caller's tasks, marked as interrupted when its runner is gone.

        Raises MissingCapability, or InvalidParams for a task that is absent, expired or another caller's.
        """
        context.require_capability("extensions", TASKS)
        task_id = params.get("taskId")
        record = await self._find(task_id) if isinstance(task_id, str) else None
        if (
            record is None
            or not isinstance(task_id, str)
            or record.expires_at <= self._sources.now()
            or record.principal != principal_of(context.user)
        ):
            raise InvalidParams("There is no such task, or no longer.")
        if not record.ended and self._tasks.leases.is_over(record) and not self._tasks.runs(record.digest):
            await self._changes.apply(task_id, interrupted)
            record = await self._store.find_task(record.digest) or record
        return task_id, record

    async def _find(self, task_id: str) -> TaskRecord | None:
        """The record, with the end of the task if that could not be stored before."""
        digest = digest_of(task_id)
        await self._tasks.keep_end(digest)
        return await self._store.find_task(digest)
