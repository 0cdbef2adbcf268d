"""The installation's secret: what seals keys at rest and forms under way, and is known to nobody else."""

from pathlib import Path

from mcpbase.secret_file import SIZE, SecretFileError, kept_secret
from mcpbase.settings.loader import SettingError

from .settings import Settings
from .sources import Sources


def installation_secret(settings: Settings, sources: Sources, *, sealed: bool = False) -> bytes:
    """The secret given, or the one in its file, which is made on first start; a database in memory gets one that ends with it.

    ``sealed`` is whether the database holds what a secret has sealed already: then no other one is made. Raises SettingError for that, and for a file that
    ``kept_secret`` refuses.
    """
    if settings.secret is not None:
        return settings.secret.encode()
    path = secret_path(settings)
    if path is None:
        return sources.token_bytes(SIZE)
    if sealed and not path.exists():
        raise SettingError(
            f"The secret_file {path} is not there, and only what was in it opens the keys in {settings.database}: put it back, with mode 0600,"
            " from where you keep it apart from the backups, or name another database."
        )
    try:
        return kept_secret(path, sources.token_bytes)
    except SecretFileError as error:
        raise SettingError(f"The secret_file {path} {error}") from error


def secret_path(settings: Settings) -> Path | None:
    """Where the secret rests; None for a database in memory."""
    if settings.secret_file is not None:
        return Path(settings.secret_file)
    path = settings.database.removeprefix("sqlite:///")
    return None if path in (settings.database, ":memory:") else Path(path + ".key")
