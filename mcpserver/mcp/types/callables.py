"""Inspection of an author's callable: a function, method, ``functools.partial`` or callable object, possibly
decorated.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import MethodType
from typing import Any, get_type_hints

from attrs import frozen

NO_ANNOTATION = inspect.Signature.empty
"""Marks a result or a parameter without an annotation."""

Parameters = dict[str, inspect.Parameter]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@frozen
class Read:
    """Name, documentation and signature of a callable.

    ``documented`` is the object that carries the docstring. ``parameters`` are those not yet bound by a partial;
    ``hints`` has the type of each that is annotated.
    """

    call: Callable[..., Any]
    name: str
    documented: object
    parameters: Parameters
    hints: Mapping[str, Any]
    returns: Any

    @property
    def is_async(self) -> bool:
        """Whether the callable is a coroutine function, which can be called on the event loop without blocking it."""
        call = _innermost(self.call)
        return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004 - an object's own


def read_callable(function: Any) -> Read:
    """Read the name, parameters and types of a callable.

    Raises TypeError, with a message for the author, when it is not a function or method, when a type cannot be
    resolved, or when a parameter cannot be passed by name.
    """
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
    """Require that the callable returns a value. Raises TypeError for a generator function.

    With ``opens``, an asynchronous generator function is allowed: it is opened and closed with the server.
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
    """The callable's own ``__name__``, else that of the function a partial wraps, else the name of its class."""
    inner = _innermost(function)
    name = getattr(function, "__name__", None) or getattr(inner, "__name__", None)
    return name if isinstance(name, str) else type(inner).__name__


def _innermost(function: Any) -> Any:
    while isinstance(function, partial):
        function = function.func
    return function


def _documented(function: Any) -> object:
    """The object whose docstring describes the callable.

    A partial counts only if it was given a docstring of its own, else the function it wraps is used. For a callable
    object it is ``__call__`` if that has a docstring, else the object, which has the docstring of its class.
    """
    if isinstance(function, partial):
        return function if function.__doc__ != partial.__doc__ else _documented(function.func)
    if inspect.isroutine(function) or hasattr(function, "__wrapped__"):
        return function
    call = function.__call__
    return call if call.__doc__ else function


def _parameters(function: Any) -> Parameters:
    """The parameters with which the function can actually be called.

    A decorated function has the parameters of the inner function if the decorator takes ``**kwargs`` or nothing, else
    those of the decorator itself.
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
    """The parameters of the function itself; empty for one written in C without a signature."""
    try:
        return dict(inspect.signature(function, follow_wrapped=False).parameters)
    except ValueError:
        return {}


def _open(function: "partial[Any]") -> Parameters:
    """The parameters that a partial has not bound, by position or by name."""
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
    """The error message for an annotation, written as a string, that the module of the function does not define."""
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
