"""Records of tasks, their storage and their form on the wire (SEP-2663, the tasks extension)."""

from datetime import UTC, datetime
from typing import Any, Protocol, cast

import msgspec
from attrs import evolve, field, frozen

from ..protocol import MEBIBYTE, Ledger, Share, Task

KEPT = Share(16 * MEBIBYTE, 64 * MEBIBYTE, 128 * MEBIBYTE)
"""Bounds on the bytes of tasks that are kept in memory, on a server without a database."""

BASE = 1000
"""Bytes counted for a task beside its message, result, error, questions and answers."""

EASED = 0.9
"""Fraction of a holder's bound to which tasks are trimmed, so that not every new task trims again."""

POLL_MS = 1000
"""The poll interval suggested to clients, in milliseconds."""

TERMINAL = frozenset({"completed", "failed", "cancelled"})


@frozen
class TaskRecord:
    """A task as stored; times are in epoch seconds.

    ``principal`` holds the ids of the person and the client. ``asked`` are the requests that await an answer,
    ``answered`` the results received, both by key. ``runner`` is the process that runs the task, with a lease until
    ``alive_until``. ``version`` counts the changes.
    """

    digest: bytes
    principal: tuple[str, ...]
    created_at: int
    updated_at: int
    expires_at: int
    runner: str
    alive_until: int
    status: str = "working"
    message: str | None = None
    result: Any = None
    error: Any = None
    asked: dict[str, Any] = field(factory=dict)
    answered: dict[str, Any] = field(factory=dict)
    version: int = 0

    @property
    def ended(self) -> bool:
        return self.status in TERMINAL


class TaskStore(Protocol):
    """Storage of tasks, with optimistic locking: a change names the version it was made from."""

    async def add_task(self, record: TaskRecord) -> None:
        """Store a new task before returning."""

    async def find_task(self, digest: bytes) -> TaskRecord | None:
        """The task as last changed; None when absent."""

    async def replace_task(self, record: TaskRecord, *, version: int) -> bool:
        """Replace a task; returns False, and stores nothing, when its version differs or the task is gone."""

    async def renew_tasks(self, runner: str, *, alive_until: int) -> None:
        """Extend the lease of all unfinished tasks of a runner."""


class MemoryTasks(TaskStore):
    """Tasks in memory, for a server without a database: they last as long as the process.

    When a holder has more than its share, its oldest ended tasks are removed.
    """

    def __init__(self, share: Share = KEPT) -> None:
        self._kept = Ledger(share, "kept tasks")
        self._records: dict[bytes, TaskRecord] = {}
        self._sizes: dict[bytes, int] = {}

    async def add_task(self, record: TaskRecord) -> None:
        while self._records and (oldest := next(iter(self._records.values()))).expires_at <= record.created_at:
            self._drop(oldest)
        self._keep(record)

    async def find_task(self, digest: bytes) -> TaskRecord | None:
        return self._records.get(digest)

    async def replace_task(self, record: TaskRecord, *, version: int) -> bool:
        known = self._records.get(record.digest)
        if known is None or known.version != version:
            return False
        self._keep(evolve(record, version=version + 1))
        return True

    async def renew_tasks(self, runner: str, *, alive_until: int) -> None:
        for digest, record in self._records.items():
            if record.runner == runner and not record.ended:
                self._records[digest] = evolve(record, alive_until=alive_until)

    def _keep(self, record: TaskRecord) -> None:
        holder, size = (
            record.principal[:1],
            BASE
            + len(msgspec.json.encode([record.message, record.result, record.error, record.asked, record.answered])),
        )
        self._kept.add(holder, size - self._sizes.get(record.digest, 0))
        self._records[record.digest], self._sizes[record.digest] = record, size
        if not self._kept.has_room(holder, 0):
            self._make_room(holder)

    def _make_room(self, holder: tuple[str, ...]) -> None:
        for record in [each for each in self._records.values() if each.ended and each.principal[:1] == holder]:
            if self._kept.held(holder) <= EASED * self._kept.allowed(holder):
                return
            self._drop(record)

    def _drop(self, record: TaskRecord) -> None:
        del self._records[record.digest]
        self._kept.add(record.principal[:1], -self._sizes.pop(record.digest))


def task_shown(task_id: str, record: TaskRecord) -> Task:
    """A Task object, without result, error or requests."""
    shown = {
        "taskId": task_id,
        "status": record.status,
        "statusMessage": record.message,
        "createdAt": _instant(record.created_at),
        "lastUpdatedAt": _instant(record.updated_at),
        "ttlMs": (record.expires_at - record.created_at) * 1000,
        "pollIntervalMs": POLL_MS,
    }
    return cast(Task, {name: value for name, value in shown.items() if value is not None})


def task_detailed(task_id: str, record: TaskRecord) -> Task:
    """A DetailedTask object, with the result, the error or the requests (SEP-2663: task status)."""
    shown = task_shown(task_id, record)
    if record.status == "completed":
        shown["result"] = record.result
    elif record.status == "failed":
        shown["error"] = record.error
    elif record.status == "input_required":
        shown["inputRequests"] = record.asked
    return shown


def _instant(seconds: int) -> str:
    """Epoch seconds as an ISO 8601 string."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
