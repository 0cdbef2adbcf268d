"""Where settings come from: a flag beats the environment, that beats the TOML file, that beats the default."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mcpbase.addresses import is_loopback

from .settings import About, Settings, catalog

PREFIX = "MCPSERVER_"
CONFIG = "MCPSERVER_CONFIG"
USER = "MCPSERVER_USER"
USER_NAME = "MCPSERVER_USER_NAME"
USER_EMAIL = "MCPSERVER_USER_EMAIL"
_NO_SETTINGS = (CONFIG, USER, USER_NAME, USER_EMAIL)
"""Names in the environment that are not settings: the person at this machine, for ``mcpserver stdio``."""


class SettingError(Exception):
    """A setting that cannot be: one sentence that names it, where it came from and what it accepts."""


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    return PREFIX + name.upper()


def load(
    flags: Mapping[str, object], environ: Mapping[str, str], config: str | None = None, *, defaults: Mapping[str, object] = MappingProxyType({})
) -> Settings:
    """Join the sources, each value parsed once; a flag of None was not given, and neither was a variable that is empty, as a compose file makes it.
    ``defaults`` replace those of ``Settings``. Raises SettingError."""
    settings = catalog()
    path = config or environ.get(CONFIG)
    table = _read(path, settings) if path else {}
    _require_known_variables(environ, settings)
    chosen: dict[str, Any] = dict(defaults)
    for name, about in settings.items():
        if flags.get(name) is not None:
            chosen[name] = _parse(name, about, flags[name], flag(name))
        elif environ.get(variable(name), "").strip():
            chosen[name] = _parse(name, about, environ[variable(name)], f"the environment variable {variable(name)}")
        elif name in table:
            chosen[name] = _parse(name, about, table[name], f"the file {path}")
    return _require_public_url(Settings(**chosen), given="public_url" in chosen)


def _parse(name: str, about: About, value: object, source: str) -> object:
    try:
        return about.kind.parse(value)
    except ValueError:
        shown = "not usable" if about.private else repr(value)
        raise SettingError(f"The setting {name} from {source} is {shown}: it accepts {about.kind.accepts}.") from None


def _read(path: str, settings: Mapping[str, About]) -> dict[str, object]:
    try:
        table = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise SettingError(f"The configuration file {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise SettingError(f"The configuration file {path} is not valid TOML: {error}.") from None
    for name in table.keys() - settings.keys():
        raise SettingError(f"The file {path} has the setting {name!r}, which is unknown{_hint(name, settings)}.")
    return table


def _require_known_variables(environ: Mapping[str, str], settings: Mapping[str, About]) -> None:
    """A name that was mistyped must not pass for a setting that was made."""
    for name in environ:
        setting = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and name not in _NO_SETTINGS and name not in map(variable, settings):
            raise SettingError(f"The environment variable {name} is no setting{_hint(setting, settings, shown=variable)}.")


def _hint(name: str, settings: Collection[str], *, shown: Callable[[str], str] = str) -> str:
    close = get_close_matches(name, settings, n=1)
    return f"; {shown(close[0])} is the nearest that exists" if close else "; docs/settings.md lists those that exist"


def _require_public_url(settings: Settings, *, given: bool) -> Settings:
    if not given and not is_loopback(settings.host):
        accepts = catalog()["public_url"].kind.accepts
        raise SettingError(
            f"The setting public_url is missing, and cannot come from the host {settings.host} that others reach ({flag('public_url')}): it accepts {accepts}."
        )
    return settings
