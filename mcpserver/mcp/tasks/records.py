"""Tasks at rest, and as clients see them: work that outlives its request (SEP-2663, the tasks extension)."""

from datetime import UTC, datetime
from typing import Any, Protocol, cast

import msgspec
from attrs import evolve, field, frozen

from ..protocol import MEBIBYTE, Ledger, Share, Task

KEPT = Share(16 * MEBIBYTE, 64 * MEBIBYTE, 128 * MEBIBYTE)
"""Bytes of tasks that a server without a database keeps."""

BASE = 1000
"""Bytes that a task takes beside what came of it."""

EASED = 0.9
"""Of what somebody may keep: so much is left when room was made, so that it is not made again for every task."""

POLL_MS = 1000
"""How often a client should ask, in milliseconds."""

TERMINAL = frozenset({"completed", "failed", "cancelled"})


@frozen
class TaskRecord:
    """``principal`` are the ids of the person and the client; instants in epoch seconds.

    ``asked`` are the requests that wait for an answer, ``answered`` the results that came, both by key. ``runner``
    works on it and lives at least until ``alive_until``. ``version`` counts the changes.
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
    """Where tasks rest. A change names the version it was made from: of two at once, one is told to look again."""

    async def add_task(self, record: TaskRecord) -> None:
        """Kept when this returns."""

    async def find_task(self, digest: bytes) -> TaskRecord | None:
        """As it was last changed."""

    async def replace_task(self, record: TaskRecord, *, version: int) -> bool:
        """False when the version is another by now, or the task is gone."""

    async def renew_tasks(self, runner: str, *, alive_until: int) -> None:
        """Say of all that a runner works on that it still does."""


class MemoryTasks(TaskStore):
    """For a server without a database: tasks last as long as the process.

    Of whoever keeps too much, what ended longest ago goes.
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
    """A DetailedTask: with the result, the error, or what is asked (SEP-2663: task status)."""
    shown = task_shown(task_id, record)
    if record.status == "completed":
        shown["result"] = record.result
    elif record.status == "failed":
        shown["error"] = record.error
    elif record.status == "input_required":
        shown["inputRequests"] = record.asked
    return shown


def _instant(seconds: int) -> str:
    """ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
