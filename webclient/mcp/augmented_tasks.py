"""Tasks of revision 2025-11-25: an augmented tool call is polled until it is over, and its result fetched (MCP
2025-11-25, tasks).
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from attrs import define, evolve

from ..cause_code import CauseCode
from ..errors import FlowError, ProtocolFailure, TooSlow, Unreachable
from ..json_text import JsonObject
from ..trace import Chapter, Notes
from ..wire import InputResponse, Task, Tool, Unchecked
from .messaging import Ask, Receiver, Step
from .protocol import AUGMENTED, INVALID_PARAMS, Options, RpcError, requires_task
from .tasks import (
    CANCELLED,
    COMPLETED,
    FAILED,
    GOODBYE,
    INPUT_REQUIRED,
    SHORTEST,
    Asking,
    interval_of,
    read_state,
    read_task,
    task_id_of,
)
from .transports import Server, Session

OVER = frozenset({COMPLETED, FAILED, CANCELLED})
SELDOM = 10.0
"""Shortest interval in seconds between status requests while a request for the result is open; the server reports more
on that request than polling would bring.
"""
LONGEST_KEPT = 10**14
"""Longest time to live that is shown, in milliseconds (some three thousand years)."""


def declares(server: Server, *path: str) -> bool:
    """Whether the server declares the capability at this path; an empty object counts as declared."""
    found: Unchecked = server.capabilities
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found is not None and found is not False


def is_by_task(server: Server, tool: Tool) -> bool:
    """Whether a call of the tool must be a task.

    Never for a server that does not declare task support for tool calls, whatever the tool says.
    """
    return (
        server.protocol == AUGMENTED and requires_task(tool) and declares(server, "tasks", "requests", "tools", "call")
    )


def _fetched(notes: Notes, result: JsonObject) -> None:
    notes.receives({name: result.get(name) for name in ("content", "structuredContent", "isError")})
    notes.meaning = "The server sends the result of the task."


def _checked(ask: Ask) -> Ask:
    """The request with a reader that requires a created task to have an id and a status."""

    def read(notes: Notes, result: JsonObject) -> None:
        ask.read(notes, result)
        task = result.get("task")
        if isinstance(task, dict):
            task_id_of(task)
            read_task(task)

    return evolve(ask, read=read)


@define
class EarlyFetches:
    """Limits requests for a result before its task is over.

    When a server answers such a request at once, the wait before the next one doubles, up to the longer of the poll
    interval and SELDOM.
    """

    rest: float = 0.0
    began: float = 0.0
    not_before: float = 0.0

    def begins(self) -> None:
        self.began = asyncio.get_running_loop().time()

    def in_vain(self, interval: float) -> float:
        """Record a fruitless request; returns the seconds that remain of the poll interval."""
        self.rest = min(max(self.rest * 2, interval), max(interval, SELDOM))
        self.not_before = self.began + self.rest
        return self.began + interval - asyncio.get_running_loop().time()

    @property
    def may_begin(self) -> bool:
        return asyncio.get_running_loop().time() >= self.not_before


@define
class AugmentedTasks:
    """The tasks of one server.

    ``ask`` sends a request and returns its result; ``receiver`` answers the server's questions meanwhile.
    """

    ask: Asking
    session: Session
    receiver: Receiver
    options: Options

    async def create(self, asking: Asking, ask: Ask) -> JsonObject:
        """Create a task with the call, and return the result, which has a ``task``.

        When the caller is cancelled first, the task is cancelled as soon as the server names it.
        """
        begun = asyncio.ensure_future(asking(_checked(ask)))
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError:
            with suppress(FlowError, TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    created = await begun
                    await self._give_up(task_id_of(created["task"]) if isinstance(created.get("task"), dict) else "")
            raise

    async def get(self, task_id: str) -> Task:
        """Get the status of a task; its result is fetched separately."""
        step = _step("Get the status of the task", "tasks/get")
        return read_task(await self.ask(Ask("tasks/get", {"taskId": task_id}, step, read_state)))

    async def update(self, task_id: str, responses: Mapping[str, InputResponse]) -> None:
        """Raises ProtocolFailure: in this revision the server sends the questions of a task itself."""
        raise ProtocolFailure(
            f"Revision {AUGMENTED} has no tasks/update; its servers ask the questions of a task themselves."
        )

    async def cancel(self, task_id: str) -> None:
        """Ask the server to cancel the task."""
        await self.ask(Ask("tasks/cancel", {"taskId": task_id}, _step("Cancel the task", "tasks/cancel"), read_state))

    async def result(self, task: Mapping[str, object]) -> JsonObject:
        """Poll until the task is over, answering its questions, and return its result.

        Raises RpcError or ProtocolFailure for a task that failed or was cancelled, and TooSlow after ``task_timeout``.
        The task is cancelled when the caller stops waiting.
        """
        task_id = task_id_of(task)
        try:
            with self.receiver.following_task(task_id) as worth_a_look:
                async with asyncio.timeout(self.options.task_timeout):
                    return await self._followed(task_id, task, worth_a_look)
        except TimeoutError:
            await self._give_up(task_id)
            raise TooSlow("The task took longer than this client waits.") from None
        except asyncio.CancelledError:
            await self._give_up(task_id)
            raise

    async def _followed(self, task_id: str, task: Mapping[str, object], worth_a_look: asyncio.Event) -> JsonObject:
        fetching: asyncio.Task[JsonObject | None] | None = None
        told: object = None
        early = EarlyFetches()
        try:
            while True:
                if (task.get("status"), task.get("statusMessage")) != told:
                    told = task.get("status"), task.get("statusMessage")
                    await self.receiver.host.notify("notifications/tasks", dict(task))
                if task.get("status") in OVER:
                    return await self._outcome(task_id, task, fetching)
                if task.get("status") != INPUT_REQUIRED:
                    early = EarlyFetches(began=early.began)
                elif fetching is None and early.may_begin:
                    # The server sends its questions on the stream of this request (input required status).
                    early.begins()
                    fetching = asyncio.create_task(self._fetch_early(task_id))
                interval = interval_of(task, "pollInterval")
                await _pause(max(interval, SELDOM) if fetching else interval, worth_a_look, fetching)
                if fetching is not None and fetching.done():
                    result, fetching = fetching.result(), None
                    if result is not None:
                        return result
                    await _pause(early.in_vain(interval), worth_a_look)
                task = await self._look(task_id, task)
        finally:
            if fetching is not None:
                fetching.cancel()
                await asyncio.gather(fetching, return_exceptions=True)

    async def _look(self, task_id: str, before: Mapping[str, object]) -> Task:
        try:
            return await self.get(task_id)
        except RpcError as error:
            if error.code != INVALID_PARAMS:
                raise
            raise ProtocolFailure(
                f"The server no longer knows the task.{_kept(before)} {error}", CauseCode.TASK_FAILED
            ) from None

    async def _fetch(self, task_id: str) -> JsonObject:
        ask = Ask(
            "tasks/result",
            {"taskId": task_id},
            _step("Get the result of the task", "tasks/result"),
            _fetched,
            patient=True,
        )
        return await self.ask(ask)

    async def _fetch_early(self, task_id: str) -> JsonObject | None:
        """Fetch the result of a task that is not over; None when the request ended without it, so that the status has
        to be polled.
        """
        try:
            return await self._fetch(task_id)
        except (ProtocolFailure, Unreachable):
            return None

    async def _outcome(
        self, task_id: str, task: Mapping[str, object], fetching: "asyncio.Task[JsonObject | None] | None"
    ) -> JsonObject:
        if task["status"] == CANCELLED:
            raise ProtocolFailure(f"The task was cancelled.{_said(task)}", CauseCode.TASK_FAILED)
        if fetching is not None:
            await asyncio.wait({fetching}, timeout=self.options.request_timeout)
        early = fetching.result() if fetching is not None and fetching.done() else None
        result = early if early is not None else await self._fetch(task_id)
        if task["status"] == FAILED and "content" not in result:
            raise ProtocolFailure(
                f"The task failed.{_said(task) or ' The server does not say why.'}", CauseCode.TASK_FAILED
            )
        return result

    async def _give_up(self, task_id: str) -> None:
        """Cancel the task where the server supports it; failures appear only in the trace."""
        if task_id and declares(self.session.server, "tasks", "cancel"):
            with suppress(FlowError, TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self.cancel(task_id)


def _step(title: str, method: str) -> Step:
    return Step(title, f"MCP {AUGMENTED}, {method}", Chapter.USING)


async def _pause(
    seconds: float, worth_a_look: asyncio.Event, fetching: "asyncio.Task[JsonObject | None] | None" = None
) -> None:
    """Wait until the time is over, the server reports a change or ``fetching`` is done; at least SHORTEST seconds in
    any case.
    """
    await asyncio.sleep(SHORTEST)
    told = asyncio.ensure_future(worth_a_look.wait())
    try:
        await asyncio.wait(
            {told, *([fetching] if fetching else [])},
            timeout=max(0.0, seconds - SHORTEST),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        told.cancel()
        worth_a_look.clear()


def _said(task: Mapping[str, object]) -> str:
    message = task.get("statusMessage")
    return f" The server says: {message.strip()[:500]}" if isinstance(message, str) and message.strip() else ""


def _kept(task: Mapping[str, object]) -> str:
    kept = task.get("ttl")
    if not isinstance(kept, int | float) or isinstance(kept, bool) or not 0 <= kept <= LONGEST_KEPT:
        return ""
    return f" It keeps tasks for {kept / 1000:,.0f} seconds."
