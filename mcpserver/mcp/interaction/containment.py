"""Containment of an author's code: what it raises fails its own call, and never ends the process or drops the
connection.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any

from .mrtr import input_required

_INSIDE: ContextVar[bool] = ContextVar("inside_of_authors_code", default=False)


class Escaped(Exception):
    """Replaces a BaseException that is no Exception and becomes its cause: SystemExit, KeyboardInterrupt, or a
    cancellation that was not requested.
    """


class Contained:
    """Context manager around an author's code. Raises Escaped in place of what would end more than the call.

    Exceptions pass, and so do the questions of a handler (``InputRequired``) and a requested cancellation of the task
    that runs it; a CancelledError that only the code itself raised does not.
    """

    __slots__ = ("_cancellations", "_task", "_token")
    _token: "Token[bool]"

    def __enter__(self) -> None:
        self._task = _running_task()
        self._cancellations = 0 if self._task is None else self._task.cancelling()
        self._token = _INSIDE.set(True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, GeneratorExit) and self._task is not None and _running_task() is not self._task:
            return  # the interpreter closes an abandoned coroutine in another context, where the token is invalid
        _INSIDE.reset(self._token)
        if error is not None and not isinstance(error, Exception) and not self._may_pass(error):
            raise _escaped(error) from error

    def _may_pass(self, error: BaseException) -> bool:
        if isinstance(error, asyncio.CancelledError):
            return self._task is not None and self._task.cancelling() > self._cancellations
        return input_required(error) is not None


class _ContainedTask(Coroutine[Any, Any, Any]):
    """The coroutine of a task that an author's code starts.

    asyncio would raise its SystemExit out of the event loop instead of in the code that awaits the task.
    """

    def __init__(self, inner: Coroutine[Any, Any, Any]) -> None:
        self._inner = inner
        self.__name__, self.__qualname__ = (
            getattr(inner, name, type(inner).__name__) for name in ("__name__", "__qualname__")
        )

    def send(self, value: Any) -> Any:
        return self._step(self._inner.send, value)

    def throw(self, *error: Any) -> Any:
        return self._step(self._inner.throw, *error)

    def _step(self, step: Callable[..., Any], *given: Any) -> Any:
        """Advance the inner coroutine. Raises StopIteration with the result, and Escaped."""
        try:
            return step(*given)
        except (Exception, asyncio.CancelledError):
            raise
        except BaseException as error:
            if input_required(error) is not None:
                raise
            raise _escaped(error) from error

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()


class _TaskFactory:
    """A task factory around a loop's previous one, which contains tasks started by an author's code."""

    def __init__(self, before: Any) -> None:
        self._before = before or (lambda loop, coroutine, **options: asyncio.Task(coroutine, loop=loop, **options))

    def __call__(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Any:
        return self._before(loop, _ContainedTask(coroutine) if _INSIDE.get() else coroutine, **options)


def contain_tasks() -> None:
    """Contain the tasks that an author's code starts from now on in the running event loop."""
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    if not isinstance(before, _TaskFactory):
        loop.set_task_factory(_TaskFactory(before))


def _running_task() -> "asyncio.Task[Any] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return None


def _escaped(error: BaseException) -> Escaped:
    said = "a cancellation that nobody asked for" if isinstance(error, asyncio.CancelledError) else type(error).__name__
    return Escaped(f"the author's code let out {said}, which would have ended more than this call")
