"""The context of a running handler: progress, log messages, questions to the client, and the client's metadata."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import msgspec
from attrs import define, field

from ...principal import User
from ..protocol import (
    LEVELS,
    MODERN_VERSION,
    LogLevel,
    Message,
    MessageId,
    MissingCapability,
    Params,
    TraceContext,
    turn,
)
from ..types import finite, require_text, write_json
from .mrtr import Interview, remember
from .questions import Declined, Question, Root, SamplingResult, form, roots, sample, url

T = TypeVar("T")

Notify = Callable[[str, Params], Awaitable[None]]
"""Sends a notification (method, params) on the response stream of the request."""

Release = Callable[[float], Awaitable[None]]
"""Closes the stream of the request; the client reconnects after the given number of seconds."""

TASKS = "io.modelcontextprotocol/tasks"

AT_ONCE = 4
"""Notifications that a handler may send before each further one yields to other tasks: a loop that only sends
notifications would otherwise block the event loop.
"""


@define(eq=False)
class Context:
    """The context of one request, of any revision.

    ``user`` is None on a server without sign-in, and for a caller of a public tool without a token.
    ``client_capabilities`` are those that the client declared, ``meta`` is the request's ``_meta``, ``trace`` its
    position in a distributed trace.
    """

    user: User | None
    revision: str
    notify: Notify = field(repr=False)
    interview: Interview = field(repr=False)
    request_id: MessageId | None = None
    anonymous: bool = False
    """Whether the server has sign-in, and the caller came without a token."""
    meta: Mapping[str, Any] = field(factory=dict)
    client_capabilities: Mapping[str, Any] = field(factory=dict)
    log_level: LogLevel | None = None
    progress_token: MessageId | None = None
    trace: TraceContext | None = None
    release: Release | None = field(default=None, repr=False)
    begin: Callable[[], Awaitable[bool]] | None = field(default=None, repr=False)
    status: Callable[[str], Awaitable[None]] | None = field(default=None, repr=False)
    cancelled: bool = field(default=False, init=False)
    """Whether the request was cancelled; functions in threads, which cannot be interrupted, should check it."""
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.get_running_loop, init=False, repr=False)
    _progress: float | None = field(default=None, init=False, repr=False)
    _told: int = field(default=0, init=False, repr=False)
    _waits: "set[Future[Any]]" = field(factory=set, init=False, repr=False)

    @property
    def is_modern(self) -> bool:
        return self.revision == MODERN_VERSION

    # Notifications to the client.

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Report progress, which is sent only when the client asked for it and it has increased (patterns: progress).

        In a task, the message becomes the task's status message.
        """
        progress, total = finite("progress", progress), None if total is None else finite("total", total)
        if message is not None:
            require_text("message", message)
        await self._give_way()
        if self.status is not None and message is not None:
            await self.status(message)
        token = self.progress_token
        if token is None or (self._progress is not None and progress <= self._progress):
            return
        self._progress = progress
        params: Params = {"progressToken": token, "progress": progress}
        await self.notify(
            "notifications/progress",
            params | {k: v for k, v in (("total", total), ("message", message)) if v is not None},
        )

    async def log(self, level: LogLevel, data: object, logger: str | None = None) -> None:
        """Send a log message; ``data`` is anything that can be written as JSON (utilities: logging).

        It is sent only at or above the level that the client asked for. Raises TypeError or ValueError for data that
        cannot be written, whichever level the client asked for.
        """
        if level not in LEVELS:
            raise ValueError(f"the level of a log message is one of {', '.join(LEVELS)}, not {level!r}")
        if logger is not None:
            require_text("logger", logger)
        encoded = write_json(data)
        await self._give_way()
        if self.log_level is None or LEVELS.index(level) < LEVELS.index(self.log_level):
            return
        params: Params = {"level": level, "data": msgspec.json.decode(encoded)}
        await self.notify("notifications/message", params if logger is None else {**params, "logger": logger})

    async def _give_way(self) -> None:
        """Yield to other tasks after ``AT_ONCE`` notifications, sent or not.

        Writing to a connection with room in its buffer does not yield.
        """
        self._told += 1
        if self._told > AT_ONCE:
            await turn()

    async def debug(self, data: object, logger: str | None = None) -> None:
        await self.log("debug", data, logger)

    async def info(self, data: object, logger: str | None = None) -> None:
        await self.log("info", data, logger)

    async def warning(self, data: object, logger: str | None = None) -> None:
        await self.log("warning", data, logger)

    async def error(self, data: object, logger: str | None = None) -> None:
        await self.log("error", data, logger)

    # Questions to the client.

    def can(self, capability: str) -> bool:
        """Whether the client declared a capability: ``elicitation``, ``elicitation.url``, ``sampling``,
        ``sampling.tools``, ``roots`` or ``tasks``.
        """
        if capability == "tasks":
            return self._declared(("extensions", TASKS))
        return self._declared(tuple(capability.split(".")))

    def require_capability(self, *path: str) -> None:
        """Raises MissingCapability for one that the client did not declare (MCP 2026-07-28, basic: general fields)."""
        if not self._declared(path):
            raise MissingCapability(*path)

    async def ask(self, *questions: Question[Any]) -> list[Any]:
        """Ask several questions at once and return the answers in order. Raises Declined or MissingCapability."""
        for question in questions:
            self.require_capability(*question.capability)
        return await self.interview.ask(questions)

    async def elicit(self, kind: type[T], message: str, *, key: str | None = None) -> T:
        """Ask the person to fill in a form, from a type of flat fields or a schema (client: elicitation).

        Raises Declined, and MissingCapability when the client did not declare forms.
        """
        (answer,) = await self.ask(form(kind, message, key=key))
        return answer  # type: ignore[no-any-return]

    async def ask_yes_no(self, message: str, *, key: str | None = None) -> bool:
        """Ask the person a yes-or-no question; declining or dismissing it is a no."""
        schema = {
            "type": "object",
            "properties": {"yes": {"type": "boolean", "title": "Yes", "default": False}},
            "required": ["yes"],
        }
        try:
            (answer,) = await self.ask(form(schema, message, key=key))
        except Declined:
            return False
        return bool(answer["yes"])

    async def elicit_url(self, address: str, message: str, *, key: str | None = None) -> None:
        """Ask the person to open a page; returns when they agree to, not when they are done there. Raises Declined."""
        await self.ask(url(address, message, key=key))

    async def sample(self, messages: str | Sequence[Message | str], **options: Any) -> SamplingResult:
        """Ask the client's model; the options are those of the function ``sample`` (client: sampling)."""
        (answer,) = await self.ask(sample(messages, **options))
        return answer  # type: ignore[no-any-return]

    async def roots(self, *, key: str | None = None) -> list[Root]:
        """Ask for the folders and files that the client lets the server work with (client: roots)."""
        (answer,) = await self.ask(roots(key=key))
        return answer  # type: ignore[no-any-return]

    async def remember(self, key: str, function: Callable[[], Awaitable[T]] | Callable[[], T]) -> T:
        """Call a function once per request and return its value, also when the handler is run again after a question.

        The value must be expressible in JSON.
        """
        return await remember(self.interview.remembered, key, function)  # type: ignore[no-any-return]

    # Control of the handler.

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of this class from a function in a thread, and wait for its result.

        Raises CancelledError when the request is cancelled.
        """
        waiting = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        self._waits.add(waiting)
        if self.cancelled:  # before this call, or since it began
            waiting.cancel()
        try:
            return waiting.result()
        finally:
            self._waits.discard(waiting)

    def cancel(self) -> None:
        """Mark the request as cancelled, and cancel what a function in a thread waits for."""
        self.cancelled = True
        for waiting in tuple(self._waits):
            waiting.cancel()

    async def begin_task(self) -> bool:
        """Continue as a task, whose result the client fetches later; for tools with ``task="later"``.

        Returns False for a client that does not support tasks.
        """
        return self.begin is not None and await self.begin()

    async def release_stream(self, *, retry: float = 0.5) -> None:
        """Close the connection while the work goes on; the client reconnects after ``retry`` seconds (2025-11-25,
        transports).

        Does nothing in other revisions and transports. Raises ValueError for a negative ``retry``.
        """
        retry = finite("retry", retry)
        if retry < 0:
            raise ValueError("retry must be seconds from now, and not before")
        if self.release is not None:
            await self.release(retry)

    def _declared(self, path: Sequence[str]) -> bool:
        """Whether a capability is declared; an empty elicitation capability includes forms (client: elicitation)."""
        declared: Any = self.client_capabilities
        for name in path:
            if path[:1] == ("elicitation",) and name == "form" and declared == {}:
                return True
            declared = declared.get(name) if isinstance(declared, Mapping) else None
            if declared is None:  # null counts as absent
                return False
        return True
