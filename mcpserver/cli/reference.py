"""Where an author's server is: ``module:attribute`` or ``path.py:attribute``, and the server that is found there."""

import sys
import traceback
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from ..mcp.server import MCPServer
from .refusal import Misuse

ATTRIBUTE = "server"


def load_server(reference: str) -> MCPServer:
    """The server itself, or what a function without parameters makes; ``server`` when no attribute is named. Raises Misuse.

    Modules are looked for in the current directory too, as Python itself does with ``python -m``.
    """
    place, colon, attribute = reference.rpartition(":")
    place, attribute = (place, attribute) if colon else (reference, ATTRIBUTE)
    if not place or not attribute:
        raise Misuse(f"{reference!r} does not name a server: write module:attribute or path.py:attribute, such as server.py:server.")
    module = _load_file(Path(place)) if place.endswith(".py") else _load_module(place)
    found = _attribute(module, place, attribute)
    server = found if isinstance(found, MCPServer) or not callable(found) else _made(found, reference)
    if not isinstance(server, MCPServer):
        raise Misuse(f"{reference} is {_kind(server)}, not an MCPServer and not a function that makes one.")
    return server


def module_file(reference: str) -> Path:
    """The file that ``load_server`` read for the reference."""
    place = reference.rpartition(":")[0] or reference
    if place.endswith(".py"):
        return Path(place).resolve()
    return Path(sys.modules[place].__file__ or ".").resolve()


def _load_module(name: str) -> ModuleType:
    _look_in(Path.cwd())
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise Misuse(f"There is no module {name} here: Python looked in {Path.cwd()} and where packages are installed.") from None
        raise _broken(name, error) from error
    except (Exception, SystemExit) as error:  # whatever an author's module does when it is loaded
        raise _broken(name, error) from error


def _load_file(path: Path) -> ModuleType:
    """As ``python path.py`` would, but by its own name: what stands beside it can be imported."""
    if not path.is_file():
        raise Misuse(f"There is no file {path}.")
    _look_in(path.resolve().parent)
    name = path.stem if path.stem not in sys.modules else f"_served_{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    try:
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
            servers = [known for known, value in vars(module).items() if isinstance(value, MCPServer)]
            hint = f": it has {' and '.join(f'{place}:{each}' for each in servers)}" if servers else ", and no other MCPServer either"
            raise Misuse(f"{place} has no {path}{hint}.")
        found = getattr(found, name)
    return found


def _made(function: object, reference: str) -> object:
    assert callable(function)
    try:
        return function()
    except Exception as error:  # whatever an author's function does
        raise _broken(reference, error) from error


def _kind(value: object) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def _broken(place: str, error: BaseException) -> Misuse:
    """The last line of the traceback, and where in the author's code it happened."""
    last = traceback.format_exception_only(error)[-1].strip()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__ and "importlib" not in frame.filename]
    where = f" (line {frames[-1].lineno} of {frames[-1].filename})" if frames else ""
    return Misuse(f"{place} could not be loaded: {last}{where}")
