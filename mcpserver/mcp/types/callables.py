"""What an author may hand over as a function: a function, a method, a ``functools.partial``, an object that can be
called, each with decorators around it.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import MethodType
from typing import Any, get_type_hints

from attrs import frozen

NO_ANNOTATION = inspect.Signature.empty
"""The type of a result, or of a parameter, that the author does not tell."""

Parameters = dict[str, inspect.Parameter]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@frozen
class Read:
    """``documented`` is what has the docstring.

    ``parameters`` are those that are still open, each with its type in ``hints``: nobody can give again what a partial
    has bound.
    """

    call: Callable[..., Any]
    name: str
    documented: object
    parameters: Parameters
    hints: Mapping[str, Any]
    returns: Any

    @property
    def is_async(self) -> bool:
        """Whether calling it takes no time; what it gives is awaited in any case."""
        call = _innermost(self.call)
        return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004 - an object's own


def read_callable(function: Any) -> Read:
    """Raises TypeError, with a sentence for the author, for what cannot be called with arguments by name."""
    if isinstance(function, staticmethod):
        function = function.__func__
    name = name_of(function)
    if isinstance(function, classmethod) or inspect.isclass(_innermost(function)) or not callable(function):
        raise TypeError(
            f"{name} is not a function: hand over a function, or a method of an object or a class that is there "
            f"(instance.{name})."
        )
    parameters = _parameters(function)
    hints = _hints(function)
    _require_named(name, parameters)
    return Read(function, name, _documented(function), parameters, hints, hints.get("return", NO_ANNOTATION))


def require_value(read: Read, *, opens: bool) -> None:
    """Raises TypeError for a generator, which gives no value; what is opened and closed is an asynchronous one, if
    ``opens`` allows that.
    """
    call = _innermost(read.call)
    call = call if inspect.isroutine(call) else getattr(call, "__call__", call)  # noqa: B004 - an object's own
    if inspect.isgeneratorfunction(call) and opens:
        raise TypeError(
            f"{read.name} is a generator: write it with `async def`, so that it can be opened when the server starts "
            "and closed when it stops."
        )
    if inspect.isgeneratorfunction(call) or (inspect.isasyncgenfunction(call) and not opens):
        raise TypeError(
            f"{read.name} is a generator (it has a yield): collect what it gives, and return that as a list."
        )


def name_of(function: Any) -> str:
    """Its own, that of what it is made of, or that of its class."""
    inner = _innermost(function)
    name = getattr(function, "__name__", None) or getattr(inner, "__name__", None)
    return name if isinstance(name, str) else type(inner).__name__


def _innermost(function: Any) -> Any:
    while isinstance(function, partial):
        function = function.func
    return function


def _documented(function: Any) -> object:
    """A partial has the docstring of its class unless it was given one; an object's is that of its ``__call__``,
    else of its class.
    """
    if isinstance(function, partial):
        return function if function.__doc__ != partial.__doc__ else _documented(function.func)
    if inspect.isroutine(function) or hasattr(function, "__wrapped__"):
        return function
    call = function.__call__
    return call if call.__doc__ else function


def _parameters(function: Any) -> Parameters:
    """As the function can really be called.

    A decorator passes on what the inner function takes if it takes ``**kwargs``, and else what it takes itself.
    """
    if isinstance(function, partial):
        return _open(function)
    if isinstance(function, MethodType):
        return dict(list(_parameters(function.__func__).items())[1:])
    if hasattr(function, "__signature__"):
        return _own(function)
    if hasattr(function, "__wrapped__"):
        inner, own = _parameters(function.__wrapped__), _own(function)
        passes = not own or any(each.kind is each.VAR_KEYWORD for each in own.values())
        return inner if passes else {name: inner.get(name, each) for name, each in own.items()}
    if not inspect.isroutine(function):
        return _parameters(function.__call__)
    return _own(function)


def _own(function: Any) -> Parameters:
    """Nothing of what was written in C and does not tell."""
    try:
        return dict(inspect.signature(function, follow_wrapped=False).parameters)
    except ValueError:
        return {}


def _open(function: "partial[Any]") -> Parameters:
    """What a partial has bound is no parameter any more, by position or by name."""
    parameters = list(_parameters(function.func).values())
    bound = len(function.args)
    positional = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    taken = {each.name for each in positional[:bound]} | set(function.keywords)
    return {each.name: each for each in parameters if each.name not in taken}


def _hints(function: Any) -> dict[str, Any]:
    inner = _innermost(function)
    if not inspect.isroutine(inner) and not hasattr(inner, "__wrapped__"):
        inner = inner.__call__
    try:
        return get_type_hints(inner, include_extras=True)
    except NameError as error:
        raise TypeError(_unknown_type(inner, error)) from error


def _unknown_type(function: Any, error: NameError) -> str:
    """Types that are written as strings are looked up where the function is."""
    said = getattr(function, "__annotations__", {})
    where = next((name for name, kind in said.items() if error.name and error.name in str(kind)), "")
    part = f"the parameter {where}: " if where not in ("", "return") else "the result: " if where else ""
    return (
        f"{part}its type {error.name} is not known when the module is loaded: import or define it above, at the top "
        "of the module"
        " (not inside of a function, nor under TYPE_CHECKING)."
    )


def _require_named(name: str, parameters: Parameters) -> None:
    for each in parameters.values():
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(
                f"The parameter {each.name} of {name} cannot be given by its name: write each argument as a parameter "
                "of its own, with its type."
            )
        if each.kind not in _NAMED:
            raise TypeError(
                f"The parameter {each.name} of {name} cannot be given by its name: take the / out of the parameters, "
                "or bind it with a partial."
            )
