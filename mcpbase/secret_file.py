"""A file with a secret: created once, private to one user of the machine, refused when others could read it.

NIST SP 800-57 part 1 section 8.2.2. A file of root's may be readable by a group: systemd (``LoadCredential``) and
Kubernetes give secrets to unprivileged programs that way.
"""

import os
import shlex
import stat
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SIZE = 32
"""Bytes, all of them random."""


class SecretFileError(Exception):
    """The file cannot be used. The message is the rest of a sentence that begins with the program's name for
    the file.
    """


def kept_secret(path: Path, token_bytes: Callable[[int], bytes]) -> bytes:
    """Return the secret in the file, which is created when there is none. ``token_bytes`` gives that many random bytes.

    Raises SecretFileError for a file that others can open, that holds less than ``SIZE`` bytes, or that cannot be read
    or written.
    """
    try:
        if not path.exists():
            _create(path, token_bytes)
        return _read(path)
    except OSError as error:
        raise SecretFileError(f"cannot be used: {error.strerror}.") from error


def _create(path: Path, token_bytes: Callable[[int], bytes]) -> None:
    """Create the file whole or not at all: of programs that start together one wins, and a crash or a full disk leaves
    no partial secret.
    """
    draft = path.with_name(f"{path.name}.{urlsafe_b64encode(token_bytes(9)).decode()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(urlsafe_b64encode(token_bytes(SIZE)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise SecretFileError("is not a file.")
    if found.st_mode & _forbidden(found.st_uid):
        raise SecretFileError(
            f"can be opened by other users of this machine: run `chmod 600 {shlex.quote(str(path))}` and start again."
        )
    content = path.read_bytes()
    is_raw = (
        len(content) == SIZE and not content.isascii()
    )  # as the web client made them once: such bytes may end as a line does
    secret = content if is_raw else content.strip()
    if len(secret) < SIZE:
        raise SecretFileError(f"holds {len(secret)} bytes: it accepts at least {SIZE}, from a good source of chance.")
    return secret


def _forbidden(owner: int) -> int:
    """Return the permissions that a secret file of this owner must not have.

    The operator chose the group of a file that belongs to root and not to this program's own user.
    """
    if owner == 0 and os.geteuid() != 0:
        return stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO
    return stat.S_IRWXG | stat.S_IRWXO
