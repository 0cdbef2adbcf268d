"""Sources of settings: a flag comes before the environment, that before the TOML file, that before the default."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import frozen

from .kinds import Kind


class SettingError(Exception):
    """A setting has no valid value; the message is one sentence with its name, its source and what it accepts."""


@frozen
class About:
    """What a setting is for and what it accepts.

    ``private``: it has no flag, for other users of the machine see flags, and is never shown.
    """

    text: str
    kind: Kind
    private: bool = False


def flag(name: str) -> str:
    """The flag as it is written on a command line."""
    return "--" + name.replace("_", "-")


@frozen
class Loader:
    """Joins the sources. Variables of settings begin with ``prefix``; ``others`` begin with it and are no settings.
    ``document`` lists all settings.
    """

    prefix: str
    settings: Mapping[str, About]
    others: Collection[str]
    document: str

    @property
    def config(self) -> str:
        """The variable that names the TOML file."""
        return self.prefix + "CONFIG"

    def variable(self, name: str) -> str:
        return self.prefix + name.upper()

    def load(
        self,
        flags: Mapping[str, object],
        environ: Mapping[str, str],
        config: str | None,
        *,
        defaults: Mapping[str, object] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """Return the values that were given, each parsed once, over ``defaults``.

        A flag of None and an empty variable, as a compose file makes it, count as not given. Raises SettingError.
        """
        path = config or environ.get(self.config)
        table = self._read(path) if path else {}
        self._require_known_variables(environ)
        chosen: dict[str, Any] = dict(defaults)
        for name, about in self.settings.items():
            if flags.get(name) is not None:
                chosen[name] = _parse(name, about, flags[name], flag(name))
            elif environ.get(self.variable(name), "").strip():
                chosen[name] = _parse(
                    name, about, environ[self.variable(name)], f"the environment variable {self.variable(name)}"
                )
            elif name in table:
                chosen[name] = _parse(name, about, table[name], f"the file {path}")
        return chosen

    def _read(self, path: str) -> dict[str, object]:
        try:
            table = tomllib.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            raise SettingError(f"The configuration file {path} cannot be read: {error.strerror}.") from None
        except ValueError as error:
            raise SettingError(f"The configuration file {path} is not valid TOML: {error}.") from None
        for name in table.keys() - self.settings.keys():
            raise SettingError(f"The file {path} has the setting {name!r}, which is unknown{self._hint(name)}.")
        return table

    def _require_known_variables(self, environ: Mapping[str, str]) -> None:
        """Refuse unknown variables, so that a misspelt name does not pass for a setting."""
        known = {self.config, *self.others, *map(self.variable, self.settings)}
        for name in environ:
            if name.startswith(self.prefix) and name not in known:
                raise SettingError(
                    f"The environment variable {name} is no "
                    f"setting{self._hint(name.removeprefix(self.prefix).lower(), shown=self.variable)}."
                )

    def _hint(self, name: str, *, shown: Callable[[str], str] = str) -> str:
        close = get_close_matches(name, self.settings, n=1)
        return (
            f"; {shown(close[0])} is the nearest that exists" if close else f"; {self.document} lists those that exist"
        )


def _parse(name: str, about: About, value: object, source: str) -> object:
    try:
        return about.kind.parse(value)
    except ValueError:
        quoted = repr(about.kind.shown(value) if isinstance(value, str) else value)
        shown = "not usable" if about.private else quoted
        raise SettingError(f"The setting {name} from {source} is {shown}: it accepts {about.kind.accepts}.") from None
