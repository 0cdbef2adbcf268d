"""The settings of the service, joined from flags, environment and file (``mcpbase.settings.loader``)."""

from collections.abc import Mapping
from types import MappingProxyType

from mcpbase.addresses import is_loopback
from mcpbase.settings import Loader, SettingError, flag

from .settings import Settings, catalog

PREFIX = "MCPSERVER_"
USER = "MCPSERVER_USER"
USER_NAME = "MCPSERVER_USER_NAME"
USER_EMAIL = "MCPSERVER_USER_EMAIL"
"""Names in the environment that are not settings: the person at this machine, for ``mcpserver stdio``."""

_LOADER = Loader(PREFIX, catalog(), (USER, USER_NAME, USER_EMAIL), "docs/settings.md")


def variable(name: str) -> str:
    """The name of a setting in the environment."""
    return _LOADER.variable(name)


def load(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    config: str | None = None,
    *,
    defaults: Mapping[str, object] = MappingProxyType({}),
) -> Settings:
    """Join the sources; ``defaults`` replace those of ``Settings``. Raises SettingError."""
    chosen = _LOADER.load(flags, environ, config, defaults=defaults)
    return _require_public_url(Settings(**chosen), given="public_url" in chosen)


def _require_public_url(settings: Settings, *, given: bool) -> Settings:
    if not given and not is_loopback(settings.host):
        accepts = catalog()["public_url"].kind.accepts
        raise SettingError(
            f"The setting public_url is missing, and cannot come from the host {settings.host} that others reach "
            f"({flag('public_url')}): it accepts {accepts}."
        )
    return settings
