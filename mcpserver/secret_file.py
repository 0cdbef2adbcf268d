"""The installation's secret: what seals keys at rest and forms under way (NIST SP 800-57 part 1 section 8.2.2: known to nobody else)."""

import os
import shlex
import stat
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

from .configuration import SettingError
from .settings import Settings
from .sources import Sources

SIZE = 32
"""Bytes, of full chance."""


def installation_secret(settings: Settings, sources: Sources, *, sealed: bool = False) -> bytes:
    """The secret given, or the one in its file, which is made on first start; a database in memory gets one that ends with it.

    ``sealed`` is whether the database holds what a secret has sealed already: then no other one is made. Raises SettingError for that, for a file that others
    can open, or that holds less than ``SIZE`` bytes.
    """
    if settings.secret is not None:
        return settings.secret.encode()
    path = secret_path(settings)
    if path is None:
        return sources.token_bytes(SIZE)
    try:
        if not path.exists():
            _require_unsealed(path, settings, sealed=sealed)
            _create(path, sources)
        return _read(path)
    except OSError as error:
        raise SettingError(f"The secret_file {path} cannot be used: {error.strerror}.") from error


def secret_path(settings: Settings) -> Path | None:
    """Where the secret rests; None for a database in memory."""
    if settings.secret_file is not None:
        return Path(settings.secret_file)
    path = settings.database.removeprefix("sqlite:///")
    return None if path in (settings.database, ":memory:") else Path(path + ".key")


def _require_unsealed(path: Path, settings: Settings, *, sealed: bool) -> None:
    if sealed:
        raise SettingError(
            f"The secret_file {path} is not there, and only what was in it opens the keys in {settings.database}: put it back, with mode 0600,"
            " from where you keep it apart from the backups, or name another database."
        )


def _create(path: Path, sources: Sources) -> None:
    """Appear whole or not at all: of programs that start together one wins, and a crash leaves no half of a secret."""
    draft = path.with_name(f"{path.name}.{urlsafe_b64encode(sources.token_bytes(9)).decode()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(urlsafe_b64encode(sources.token_bytes(SIZE)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise SettingError(f"The secret_file {path} is not a file.")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingError(f"The secret_file {path} can be opened by other users of this machine: run `chmod 600 {shlex.quote(str(path))}` and start again.")
    secret = path.read_bytes().strip()
    if len(secret) < SIZE:
        raise SettingError(f"The secret_file {path} holds {len(secret)} bytes: it accepts at least {SIZE}, from a good source of chance.")
    return secret
