"""A secret that root hands to an unprivileged program, as systemd (LoadCredential) and Kubernetes do."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcpbase.secret_file import SecretFileError, kept_secret
from tests import provision

SECRET = b"a secret of thirty-two characters"
SOMEBODY = 10001


def root() -> int:
    if os.geteuid() != 0:
        raise provision.LackError("Root is missing: run these tests as root, such as in a container.")
    return 0


@contextmanager
def unprivileged() -> Iterator[None]:
    """This process as somebody else, who is in one group."""
    groups = os.getgroups()
    os.setgroups([SOMEBODY])
    os.setegid(SOMEBODY)
    os.seteuid(SOMEBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def path() -> Iterator[Path]:
    """In a folder that everybody may look into."""
    provision.need(root)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "secret"


def put(path: Path, *, owner: int, mode: int) -> None:
    path.write_bytes(SECRET)
    os.chown(path, owner, SOMEBODY)
    path.chmod(mode)


@pytest.mark.parametrize("mode", [0o440, 0o640])
def test_group_may_read_a_secret_of_root(path: Path, mode: int) -> None:
    put(path, owner=0, mode=mode)
    with unprivileged():
        assert kept_secret(path, os.urandom) == SECRET


@pytest.mark.parametrize(
    ("owner", "mode"), [(0, 0o460), (0, 0o444), (0, 0o450), (0, 0o642), (SOMEBODY, 0o440), (SOMEBODY + 1, 0o440)]
)
def test_others_may_not(path: Path, owner: int, mode: int) -> None:
    put(path, owner=owner, mode=mode)
    with unprivileged(), pytest.raises(SecretFileError, match="can be opened by other users"):
        kept_secret(path, os.urandom)


def test_group_may_not_read_what_root_runs_with(path: Path) -> None:
    put(path, owner=0, mode=0o440)
    with pytest.raises(SecretFileError, match="can be opened by other users"):
        kept_secret(path, os.urandom)
