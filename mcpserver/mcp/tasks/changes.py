"""Changes of stored tasks, each of which is published to those who listen to the task."""

import hashlib
from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from ...sources import Sources
from ..interaction import TASK, Subscriptions
from .records import TaskRecord, TaskStore, task_detailed

Change = Callable[[TaskRecord], TaskRecord | None]
"""Makes the changed record of a record, or returns None to leave it as it is."""

INTERRUPTED = {"code": -32603, "message": "The server was restarted while the task ran: call the tool again."}


@frozen
class TaskChanges:
    """Changes the records in ``store``."""

    store: TaskStore
    subscriptions: Subscriptions
    sources: Sources

    async def apply(self, task_id: str, change: Change) -> None:
        """Apply a change to the current record and publish it, retrying after a concurrent change."""
        digest = digest_of(task_id)
        while (record := await self.store.find_task(digest)) is not None:
            changed = change(record)
            if changed is None:
                return
            changed = evolve(changed, updated_at=self.sources.now())
            if await self.store.replace_task(changed, version=record.version):
                self.subscriptions.publish(TASK, digest.hex(), dict(task_detailed(task_id, changed)))
                return


def digest_of(task_id: str) -> bytes:
    """What is stored in place of a task's id, which gives access to the task."""
    return hashlib.sha256(b"mcp task\0" + task_id.encode("utf-8", "surrogatepass")).digest()


def ending(**changes: Any) -> Change:
    """Ends a task that has not ended: ``changes`` are fields of its record."""
    return lambda record: None if record.ended else evolve(record, asked={}, **changes)


def failure(error: dict[str, Any]) -> dict[str, Any]:
    """The fields of a failed task: the error, and its message in place of the last progress message (SEP-2663: a
    failed task's message says what went wrong).
    """
    return {"status": "failed", "error": error, "message": error["message"]}


interrupted = ending(**failure(INTERRUPTED))
