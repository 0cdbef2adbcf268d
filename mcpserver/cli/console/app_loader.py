"""Loading of an author's server or application from ``module:attribute`` or ``path.py:attribute``."""

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from sysconfig import get_path
from types import ModuleType

from mcpbase.settings import SettingError

from ...application import Application, Host, OpenApplication, Served
from ...mcp import Server
from ...store import StoreBusy, StoreError
from .refusal import Misuse

ATTRIBUTE = "server"
LONGEST_LINE = 120
"""Most characters of a line of the author's code that are shown in an error."""

_FORMS = (
    "a function that makes a server is written with def and needs no arguments; one that opens an application is "
    "written with async def and takes its Host."
)
_FOREIGN = (Path(__file__).parent.parent.parent, Path(get_path("stdlib")), Path(get_path("platstdlib")))


def load_server(reference: str) -> Server:
    """Load the server that a reference names. Raises Misuse, also for an application with pages."""
    served = load_served(reference)
    if not isinstance(served, Server):
        raise Misuse(
            f"{reference} opens an application with pages, which `mcpserver serve` and `mcpserver dev` serve: name an "
            "MCPServer here."
        )
    return served


def load_served(reference: str) -> Served:
    """Load what a reference names: a server, a function that makes one, or an async function that opens an application.

    The attribute is ``server`` if none is named. A function that makes a server must not need arguments; one that opens
    an application takes its ``Host``, and raises Misuse for the errors of the author's code. Modules are also looked
    for in the current directory, as with ``python -m``. Raises Misuse.
    """
    place, colon, attribute = reference.rpartition(":")
    place, attribute = (place, attribute) if colon else (reference, ATTRIBUTE)
    if not place or not attribute:
        raise Misuse(
            f"{reference!r} does not name a server: write module:attribute or path.py:attribute, such as "
            "server.py:server."
        )
    module = _load_file(Path(place)) if place.endswith(".py") else _load_module(place)
    found = _attribute(module, place, attribute)
    if inspect.iscoroutinefunction(found) and len(_needed(found)) == 1:
        return _opening(found, reference)
    server = found if isinstance(found, Server) or not callable(found) else _made(found, reference)
    if not isinstance(server, Server):
        raise Misuse(f"{reference} is {_kind(server)}, not an MCPServer and not a function that makes one.")
    return server


def _opening(open_application: OpenApplication, reference: str) -> OpenApplication:
    async def opening(host: Host) -> Application:
        try:
            application: object = await open_application(host)
        except (SettingError, StoreError, StoreBusy):
            raise
        except Exception as error:  # an author's function may raise anything
            raise _broken(reference, error, "opened") from error
        if not isinstance(application, Application):
            raise Misuse(f"{reference} returned {_kind(application)}, not an Application.")
        if not isinstance(application.server, Server):
            raise Misuse(
                f"{reference} returned an Application whose server is {_kind(application.server)}, not an MCPServer."
            )
        return application

    return opening


_loading: list[str] = []


@contextmanager
def _being_loaded(place: str) -> Iterator[None]:
    _loading.append(place)
    try:
        yield
    finally:
        _loading.pop()


def require_not_loading() -> None:
    """Raises RuntimeError while a server is being loaded: its module must not run it."""
    if _loading:
        raise RuntimeError('this runs the server while it is loaded: put it under if __name__ == "__main__":')


def _load_module(name: str) -> ModuleType:
    _look_in(Path.cwd())
    try:
        with _being_loaded(name):
            return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise Misuse(
                f"There is no module {name} here: Python looked in {Path.cwd()} and where packages are installed."
            ) from None
        raise _broken(name, error) from error
    except (Exception, SystemExit) as error:  # an author's module may raise anything
        raise _broken(name, error) from error


def _load_file(path: Path) -> ModuleType:
    """Load a file under its own name instead of ``__main__``; like a script, it can import its neighbours.

    Raises Misuse.
    """
    if not path.is_file():
        raise Misuse(f"There is no file {path}.")
    _look_in(path.resolve().parent)
    name = path.stem if path.stem not in sys.modules else f"_served_{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    try:
        with _being_loaded(str(path)):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # see above
        raise _broken(str(path), error) from error
    return module


def _look_in(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _attribute(module: ModuleType, place: str, path: str) -> object:
    found: object = module
    for name in path.split("."):
        if not hasattr(found, name):
            servers = [known for known, value in vars(module).items() if isinstance(value, Server)]
            hint = (
                f": it has {' and '.join(f'{place}:{each}' for each in servers)}"
                if servers
                else ", and no other MCPServer either"
            )
            raise Misuse(f"{place} has no {path}{hint}.")
        found = getattr(found, name)
    return found


def _made(function: object, reference: str) -> object:
    assert callable(function)
    _require_plain(function, reference)
    try:
        return function()
    except Exception as error:  # an author's function may raise anything
        raise _broken(reference, error) from error


def _require_plain(function: Callable[..., object], reference: str) -> None:
    """Raises Misuse for an async function, or one that needs arguments."""
    if inspect.iscoroutinefunction(function):
        raise Misuse(f"{reference} is an async function, but not with exactly one argument: {_FORMS}")
    needed = [] if isinstance(function, type) else _needed(function)
    if needed:
        raise Misuse(f"{reference} is not async and needs {', '.join(needed)}: {_FORMS}")


def _needed(function: Callable[..., object]) -> list[str]:
    """The parameters without a default."""
    return [each.name for each in inspect.signature(function).parameters.values() if _is_needed(each)]


def _is_needed(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in (
        parameter.VAR_POSITIONAL,
        parameter.VAR_KEYWORD,
    )


def _kind(value: object) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def _broken(place: str, error: BaseException, done: str = "loaded") -> Misuse:
    """An error of one line: the last line of the traceback, and the place in the author's code."""
    if isinstance(error, SyntaxError):
        return Misuse(f"{place} could not be loaded: {type(error).__name__}: {error.msg}{_where_unreadable(error)}")
    last = " ".join(line.strip() for line in traceback.format_exception_only(error)[-1].splitlines())
    frames = list(traceback.extract_tb(error.__traceback__))
    own = [frame for frame in frames if _is_authors(frame.filename)]
    frame = own[-1] if own else None
    where = f" (line {frame.lineno} of {frame.filename}{_shown(frame.line)})" if frame else ""
    return Misuse(f"{place} could not be {done}: {last}{where}")


def _where_unreadable(error: SyntaxError) -> str:
    """The place of a syntax error, which has no frame in the author's code."""
    return (
        f" (line {error.lineno} of {error.filename}{_shown(error.text)})"
        if error.filename and error.lineno
        else f" ({error.filename or 'no file'})"
    )


def _shown(line: str | None) -> str:
    text = (line or "").strip()
    return f": {text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + '...'}" if text else ""


def _is_authors(filename: str) -> bool:
    """Whether a file is the author's: not part of this package, of Python, or of an installed library."""
    path = Path(filename)
    foreign = {"site-packages", "dist-packages"}
    return not (
        filename.startswith("<") or foreign & set(path.parts) or any(path.is_relative_to(folder) for folder in _FOREIGN)
    )
