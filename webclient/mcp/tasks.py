"""Tasks: work that takes longer than a request and is polled until it is done (SEP-2663,
``io.modelcontextprotocol/tasks``).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from attrs import define, field

from ..cause_code import CauseCode
from ..errors import FlowError, ProtocolFailure, TooSlow
from ..json_text import JsonObject
from ..trace import Chapter, Notes
from ..wire import InputResponse, Task, Unchecked
from .messaging import Ask, Questions, Step, read_input_requests
from .protocol import Endless, Host, Misshapen, Options, RpcError

RULE = "MCP 2026-07-28, tasks (SEP-2663)"
WORKING, INPUT_REQUIRED, COMPLETED, FAILED, CANCELLED = "working", "input_required", "completed", "failed", "cancelled"
STATES = frozenset({WORKING, INPUT_REQUIRED, COMPLETED, FAILED, CANCELLED})
DEFAULT_INTERVAL, SHORTEST, LONGEST = 1.0, 0.1, 60.0
GOODBYE = 5

Asking = Callable[[Ask], Awaitable[JsonObject]]


def read_task(value: JsonObject) -> Task:
    """Read a task with its id and status, which is one of STATES. Raises Misshapen."""
    status = value.get("status")
    if not isinstance(status, str) or status not in STATES or not isinstance(value.get("taskId"), str):
        raise Misshapen("The server sent a task without an id, or without a known status.")
    return cast(Task, value)


def read_state(notes: Notes, value: JsonObject) -> None:
    """The reader of a task's status: writes it into the trace."""
    task = read_task(value)
    notes.receives({name: value.get(name) for name in ("status", "statusMessage", "inputRequests", "result", "error")})
    notes.meaning = {
        WORKING: "The task is running.",
        INPUT_REQUIRED: "The task waits for an answer from the client or from you.",
        COMPLETED: "The task is complete; this is its result." if "result" in task else "The task is complete.",
        FAILED: "The task failed.",
        CANCELLED: "The task was cancelled.",
    }[task["status"]]


def _acknowledged(notes: Notes, result: JsonObject) -> None:
    notes.meaning = "The server confirmed."


def interval_of(task: Mapping[str, object], name: str = "pollIntervalMs") -> float:
    """Seconds to wait before the next poll: what the server says under ``name``, in milliseconds, within SHORTEST and
    LONGEST.
    """
    wished = task.get(name)
    if not isinstance(wished, int | float) or isinstance(wished, bool):
        return DEFAULT_INTERVAL
    return min(LONGEST * 1000, max(SHORTEST * 1000, wished)) / 1000


def task_id_of(task: Mapping[str, object]) -> str:
    """The id of a task. Raises Misshapen."""
    task_id = task.get("taskId")
    if not isinstance(task_id, str) or not 0 < len(task_id) <= 4096:
        raise Misshapen("The server announces a task but gives no task id.")
    return task_id


@define
class Tasks:
    """The tasks of one server. ``ask`` sends a request and returns its result."""

    ask: Asking
    host: Host
    questions: Questions
    options: Options
    _answered: dict[str, set[str]] = field(factory=dict)

    async def get(self, task_id: str) -> Task:
        """Get the status of a task, with ``result`` or ``error`` when it is over."""
        step = Step("Get the status of the task", RULE, Chapter.USING)
        return read_task(await self.ask(Ask("tasks/get", {"taskId": task_id}, step, read_state)))

    async def update(self, task_id: str, responses: Mapping[str, InputResponse]) -> None:
        """Send the answers that the task waits for."""
        step = Step("Answer the task's question", RULE, Chapter.USING)
        await self.ask(
            Ask("tasks/update", {"taskId": task_id, "inputResponses": dict(responses)}, step, _acknowledged, once=True)
        )

    async def cancel(self, task_id: str) -> None:
        """Ask the server to cancel the task; it may finish nevertheless."""
        await self.ask(
            Ask("tasks/cancel", {"taskId": task_id}, Step("Cancel the task", RULE, Chapter.USING), _acknowledged)
        )

    async def result(self, task: Mapping[str, object]) -> JsonObject:
        """Poll until the task is over, answering its questions, and return its result.

        Raises RpcError for a task that failed, ProtocolFailure for one that was cancelled, TooSlow after
        ``task_timeout``. The task is cancelled when the caller is cancelled.
        """
        task_id = task_id_of(task)
        try:
            async with asyncio.timeout(self.options.task_timeout):
                return await self._followed(task_id, interval_of(task))
        except TimeoutError:
            raise TooSlow("The task took longer than this client waits.") from None
        except asyncio.CancelledError:
            await self._give_up(task_id)
            raise
        finally:
            self._answered.pop(task_id, None)

    async def _followed(self, task_id: str, interval: float) -> JsonObject:
        told: object = None
        while True:
            await asyncio.sleep(interval)
            task = await self.get(task_id)
            interval = interval_of(task)
            if (task["status"], task.get("statusMessage")) != told:
                told = task["status"], task.get("statusMessage")
                await self.host.notify("notifications/tasks", dict(task))
            if task["status"] == INPUT_REQUIRED:
                await self._answer(task_id, task.get("inputRequests"))
            elif task["status"] != WORKING:
                return _outcome(task)

    async def _answer(self, task_id: str, wanted: Unchecked) -> None:
        """Answer the questions that are new; each is asked once, however often the server repeats it (SEP-2663, task
        update requests).
        """
        known = self._answered.setdefault(task_id, set())
        fresh = (
            {name: request for name, request in wanted.items() if name not in known}
            if isinstance(wanted, dict)
            else wanted
        )
        if fresh == {}:
            return
        responses = await self.questions.responses(read_input_requests(fresh, self.options.most_questions))
        await self.update(task_id, responses)
        known |= set(responses)
        if len(known) > self.options.most_questions * self.options.most_rounds:
            raise Endless("The task asked for input too many times, so the client stopped answering.")

    async def _give_up(self, task_id: str) -> None:
        try:
            async with asyncio.timeout(GOODBYE):
                await self.cancel(task_id)
        except (FlowError, TimeoutError):
            # No caller waits any more; the failure is in the trace.
            return


def _outcome(task: Task) -> JsonObject:
    if task["status"] == CANCELLED:
        raise ProtocolFailure("The task was cancelled.", CauseCode.TASK_FAILED)
    if task["status"] == FAILED:
        error = task.get("error")
        raise RpcError(200, error if isinstance(error, dict) else {})
    result = task.get("result")
    if not isinstance(result, dict):
        raise Misshapen("The task is complete, but the server sent no result.")
    return result
