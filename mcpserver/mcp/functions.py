"""A function of the author's, as tools, resources, prompts and completions call it: what is sent, what is injected, how it runs."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_args, get_type_hints

from attrs import frozen

from ..principal import User, principal_of
from .codec import NO_DEFAULT, Codec, arguments_of
from .context import Context
from .docstrings import descriptions_of, summary_of
from .providers import Injection, Providers
from .threads import THREADS

UNSAID = inspect.Signature.empty
"""The type of a result that the author does not tell."""


@frozen
class Function:
    """``sent`` are the parameters a caller gives, as (name, type, default)."""

    call: Callable[..., Any]
    name: str
    description: str
    sent: tuple[tuple[str, Any, Any], ...]
    injection: Injection
    returns: Any
    providers: Providers

    async def __call__(self, arguments: Mapping[str, Any], context: Context) -> Any:
        """Run with what was sent and what is injected; a plain function runs in a thread."""
        given = {**arguments, **await self._injected(context)}
        if inspect.iscoroutinefunction(self.call):
            return await self.call(**given)
        return await THREADS.run(partial(self.call, **given), principal_of(context.user))

    @property
    def is_personal(self) -> bool:
        """Whether what it gives may depend on who asks."""
        injection = self.injection
        return bool(injection.users or injection.contexts or any(self.providers.is_personal(kind) for kind in injection.provided.values()))

    def arguments(self) -> Codec:
        """Raises TypeError, naming function and parameter, for a type that JSON cannot carry and a default that does not fit."""
        try:
            return arguments_of(list(self.sent), descriptions_of(self.call))
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}") from error

    async def _injected(self, context: Context) -> dict[str, Any]:
        injection = self.injection
        given: dict[str, Any] = dict.fromkeys(injection.users, context.user) | dict.fromkeys(injection.contexts, context)
        for name, kind in injection.provided.items():
            given[name] = await self.providers.give(kind, context)
        return given


def read_function(function: Callable[..., Any], providers: Providers) -> Function:
    """Raises TypeError for a parameter that has no type, or that cannot be given by its name."""
    hints = get_type_hints(function, include_extras=True)
    returns = hints.pop("return", UNSAID)
    injection = _injection(hints, providers)
    return Function(function, function.__name__, summary_of(function), _sent(function, hints, injection), injection, returns, providers)


def _injection(hints: Mapping[str, Any], providers: Providers) -> Injection:
    return Injection(
        frozenset(name for name, hint in hints.items() if _names(hint, User)),
        frozenset(name for name, hint in hints.items() if _names(hint, Context)),
        {name: hint for name, hint in hints.items() if providers.provides(hint)},
    )


def _names(hint: Any, kind: type) -> bool:
    """Also as one of several types, such as ``User | None``: no caller may ever send what we vouch for."""
    return hint is kind or any(_names(each, kind) for each in get_args(hint))


def _sent(function: Callable[..., Any], hints: Mapping[str, Any], injection: Injection) -> tuple[tuple[str, Any, Any], ...]:
    sent = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in injection:
            continue
        if parameter.name not in hints:
            raise TypeError(f"The parameter {parameter.name} of {function.__name__} needs a type.")
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"The parameter {parameter.name} of {function.__name__} cannot be given by its name.")
        sent.append((parameter.name, hints[parameter.name], NO_DEFAULT if parameter.default is parameter.empty else parameter.default))
    return tuple(sent)
