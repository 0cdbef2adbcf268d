"""The author's function as tools, resources, prompts and completions call it: with arguments that are sent and
parameters that are injected, on the event loop or in a thread.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_args

from attrs import frozen

from ...principal import User, principal_of
from ..codec import NO_DEFAULT, Codec, arguments_of
from ..interaction import Context
from ..types import NO_ANNOTATION, Read, descriptions_of, read_callable, require_value, summary_of
from .providers import Injection, Providers
from .threads import THREADS

__all__ = ["NO_ANNOTATION", "Function", "read_function"]


@frozen
class Function:
    """A function with its injected parameters and its documentation.

    ``sent`` are the parameters that a caller gives, as (name, type, default); ``descriptions`` are those of parameters
    in the docstring, by name.
    """

    call: Callable[..., Any]
    is_async: bool
    name: str
    description: str
    descriptions: Mapping[str, str]
    sent: tuple[tuple[str, Any, Any], ...]
    injection: Injection
    returns: Any
    providers: Providers

    async def __call__(self, arguments: Mapping[str, Any], context: Context) -> Any:
        """Run the function with the arguments sent and the parameters injected.

        A plain function runs in a thread; if its result is awaitable, it is awaited on the event loop.
        """
        given = {**arguments, **await self._injected(context)}
        if self.is_async:
            return await self.call(**given)
        result = await THREADS.run(partial(self.call, **given), principal_of(context.user))
        return await result if inspect.isawaitable(result) else result

    @property
    def is_personal(self) -> bool:
        """Whether the result may depend on the caller."""
        injection = self.injection
        return bool(
            injection.users
            or injection.contexts
            or any(self.providers.is_personal(kind) for kind in injection.provided.values())
        )

    def arguments(self) -> Codec:
        """The codec of the arguments.

        Raises TypeError, naming function and parameter, for a type that has no form in JSON or a default that does not
        fit.
        """
        try:
            return arguments_of(list(self.sent), self.descriptions)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}") from error

    async def _injected(self, context: Context) -> dict[str, Any]:
        injection = self.injection
        given: dict[str, Any] = dict.fromkeys(injection.users, context.user) | dict.fromkeys(
            injection.contexts, context
        )
        for name, kind in injection.provided.items():
            given[name] = await self.providers.give(kind, context)
        return given


def read_function(function: Callable[..., Any], providers: Providers, *, opens: bool = False) -> Function:
    """Read the author's function. ``opens`` is for providers, which may be asynchronous generators.

    Raises TypeError for a parameter that has no type or cannot be passed by name, and for a function that is not
    supported, such as another generator.
    """
    read = read_callable(function)
    require_value(read, opens=opens)
    injection = _injection({name: read.hints[name] for name in read.parameters if name in read.hints}, providers)
    about = read.documented
    return Function(
        read.call,
        read.is_async,
        read.name,
        summary_of(about),
        descriptions_of(about),
        _sent(read, injection),
        injection,
        read.returns,
        providers,
    )


def _injection(hints: Mapping[str, Any], providers: Providers) -> Injection:
    return Injection(
        frozenset(name for name, hint in hints.items() if _names(hint, User)),
        frozenset(name for name, hint in hints.items() if _names(hint, Context)),
        {name: hint for name, hint in hints.items() if providers.provides(hint)},
    )


def _names(hint: Any, kind: type) -> bool:
    """Whether a hint is or contains the type, as ``User | None`` does. Callers must never send such parameters."""
    return hint is kind or any(_names(each, kind) for each in get_args(hint))


def _sent(read: Read, injection: Injection) -> tuple[tuple[str, Any, Any], ...]:
    sent = []
    for parameter in read.parameters.values():
        if parameter.name in injection:
            continue
        if parameter.name not in read.hints:
            raise TypeError(_untyped(read, parameter.name))
        sent.append(
            (
                parameter.name,
                read.hints[parameter.name],
                NO_DEFAULT if parameter.default is parameter.empty else parameter.default,
            )
        )
    return tuple(sent)


def _untyped(read: Read, parameter: str) -> str:
    if parameter in ("self", "cls") and parameter == next(iter(read.parameters)):
        return (
            f"{read.name} is a method of a class: hand over that of an object (server.tool(instance.{read.name})), "
            f"which knows its {parameter}."
        )
    return f"The parameter {parameter} of {read.name} needs a type: write {parameter}: str, for example."
