"""Dependencies injected into handlers by type: a value, an object kept open while the server runs, or one made for each
request.
"""

import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, get_args, get_origin, get_type_hints

from attrs import field, frozen

from ..interaction import Contained, Context

Provide = Callable[[Context], Awaitable[Any]]
Opener = Callable[[], AsyncIterator[Any]]


class NotProvided(RuntimeError):
    """Raised when a dependency that is open only while the server runs is requested before or after."""


@frozen
class _Opened:
    """A provider that yields one value, which stays open as long as the server runs."""

    kind: Any
    function: Opener


class Providers:
    """Dependencies by type; parameters of a type that ``provides`` knows are injected rather than sent."""

    def __init__(self) -> None:
        self._by_kind: dict[Any, Provide] = {}
        self._opened: list[_Opened] = []
        self._values: dict[Any, Any] = {}
        self._shared: set[Any] = set()

    def provides(self, kind: Any) -> bool:
        try:
            return kind in self._by_kind
        except TypeError:  # a type with unhashable parts cannot have been added
            return False

    def add_value(self, kind: Any, value: Any) -> None:
        self._by_kind[kind] = self._value_of(kind)
        self._values[kind] = value

    def add_function(self, function: Callable[..., Any], call: Callable[[Context], Awaitable[Any]]) -> None:
        """Add a provider function for its return type; ``call`` runs it for one request.

        An asynchronous generator is opened once instead, when the server starts. Raises TypeError for a function
        without a return type.
        """
        kind = get_type_hints(function, include_extras=True).get("return")
        if kind is None:
            raise TypeError(
                f"The provider {function.__name__} must say what it returns: write def {function.__name__}(...) -> "
                "Database, for example."
            )
        if not inspect.isasyncgenfunction(function):
            self._by_kind[kind] = call
            self._shared.discard(kind)
            return
        (kind, *_) = get_args(kind) if get_origin(kind) in (AsyncIterator, AsyncGenerator) else (kind,)
        self._by_kind[kind] = self._value_of(kind)
        self._opened.append(_Opened(kind, function))

    def is_personal(self, kind: Any) -> bool:
        """Whether the dependency is made anew for each request, so that it may depend on the caller."""
        return self.provides(kind) and kind not in self._shared

    async def give(self, kind: Any, context: Context) -> Any:
        return await self._by_kind[kind](context)

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the generators, which stay open as long as the server runs; ``stack`` closes them in reverse order."""
        for provider in self._opened:
            self._values[provider.kind] = await open_contained(stack, provider.function)
            stack.callback(self._values.pop, provider.kind, None)

    def _value_of(self, kind: Any) -> Provide:
        self._shared.add(kind)

        async def value(context: Context) -> Any:
            if kind not in self._values:
                raise NotProvided(f"{getattr(kind, '__name__', kind)} is provided only while the server runs.")
            return self._values[kind]

        return value


async def open_contained(stack: AsyncExitStack, function: Opener) -> Any:
    """The value that an author's generator yields; the generator is closed with the stack.

    Raises what the generator raises, and Escaped in place of a BaseException that is no Exception.
    """
    opened = asynccontextmanager(function)()

    async def close() -> None:
        """Close without passing on an exception of the stack, which did not come from this generator."""
        with Contained():
            await opened.__aexit__(None, None, None)

    with Contained():
        value = await opened.__aenter__()
    stack.push_async_callback(close)
    return value


@frozen
class Injection:
    """Names of the parameters that are injected and never sent by callers; ``provided`` maps them to their types."""

    users: frozenset[str] = frozenset()
    contexts: frozenset[str] = frozenset()
    provided: dict[str, Any] = field(factory=dict)

    def __contains__(self, parameter: str) -> bool:
        return parameter in self.users or parameter in self.contexts or parameter in self.provided
