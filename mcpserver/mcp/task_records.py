"""Tasks at rest: what is kept of work that outlives its request (SEP-2663, the tasks extension)."""

from typing import Any, Protocol

from attrs import evolve, field, frozen

TERMINAL = frozenset({"completed", "failed", "cancelled"})


@frozen
class TaskRecord:
    """``principal`` are the ids of the person and the client; instants in epoch seconds. ``asked`` are the requests that wait for an answer,
    ``answered`` the results that came, both by key. ``runner`` works on it and lives at least until ``alive_until``. ``version`` counts the changes.
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
    """For a server without a database: tasks last as long as the process."""

    def __init__(self) -> None:
        self._records: dict[bytes, TaskRecord] = {}

    async def add_task(self, record: TaskRecord) -> None:
        for digest in [digest for digest, each in self._records.items() if each.expires_at <= record.created_at]:
            del self._records[digest]
        self._records[record.digest] = record

    async def find_task(self, digest: bytes) -> TaskRecord | None:
        return self._records.get(digest)

    async def replace_task(self, record: TaskRecord, *, version: int) -> bool:
        known = self._records.get(record.digest)
        if known is None or known.version != version:
            return False
        self._records[record.digest] = evolve(record, version=version + 1)
        return True

    async def renew_tasks(self, runner: str, *, alive_until: int) -> None:
        for digest, record in self._records.items():
            if record.runner == runner and not record.ended:
                self._records[digest] = evolve(record, alive_until=alive_until)
