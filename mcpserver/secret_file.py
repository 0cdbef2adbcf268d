"""The installation's secret, which seals keys at rest and forms in browsers."""

from pathlib import Path

from mcpbase.secret_file import SIZE, SecretFileError, kept_secret
from mcpbase.settings import SettingError

from .database_url import database_file, in_memory, without_secrets
from .settings import Settings
from .sources import Sources


def installation_secret(settings: Settings, sources: Sources, *, sealed: bool = False) -> bytes:
    """Return the secret that is given, or that of its file, which is created on first start; for a database in memory,
    a new one.

    ``sealed`` is whether the database has values that a secret has sealed: then no other secret is created. Raises
    SettingError in that case, and for a file that ``kept_secret`` refuses.
    """
    if settings.secret is not None:
        return settings.secret.encode()
    path = secret_path(settings)
    if path is None:
        return sources.token_bytes(SIZE)
    if sealed and not path.exists():
        raise SettingError(
            f"The secret_file {path} is not there, and only what was in it opens the keys in "
            f"{without_secrets(settings.database)}: put it back, with mode 0600,"
            " from where you keep it apart from the backups, or name another database."
        )
    try:
        return kept_secret(path, sources.token_bytes)
    except SecretFileError as error:
        raise SettingError(f"The secret_file {path} {error}") from error


def secret_path(settings: Settings) -> Path | None:
    """Return the path of the secret; None for a database in memory.

    Raises SettingError for a database on a server: every host needs the same secret, so it is given.
    """
    if settings.secret_file is not None:
        return Path(settings.secret_file)
    if in_memory(settings.database):
        return None
    path = database_file(settings.database)
    if path is None:
        raise SettingError(
            f"The database {without_secrets(settings.database)} needs a secret that all its hosts share: set "
            "MCPSERVER_SECRET, or name the same file on each with secret_file."
        )
    return path.with_name(path.name + ".key")
