"""The installation's secret: made once, kept private, refused when it cannot be trusted."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from mcpbase.settings.loader import SettingError
from mcpserver.secret_file import installation_secret, secret_path
from mcpserver.settings import Settings
from mcpserver.sources import Sources

from .sample import create_app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=f"sqlite:///{tmp_path}/notes.db")


def test_first_start_makes_a_private_file_beside_the_database(settings: Settings, tmp_path: Path) -> None:
    secret = installation_secret(settings, Sources())
    assert [path.name for path in tmp_path.iterdir()] == ["notes.db.key"]
    assert (tmp_path / "notes.db.key").stat().st_mode & 0o777 == 0o600
    assert len(secret) >= 32
    assert installation_secret(settings, Sources()) == secret


def test_programs_that_start_together_agree(settings: Settings) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: installation_secret(settings, Sources()), range(64)))) == 1


def test_secret_that_is_given_needs_no_file(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path}/notes.db", secret="thirty-two characters are enough")
    assert installation_secret(settings, Sources()) == b"thirty-two characters are enough"
    assert not list(tmp_path.iterdir())


def test_database_in_memory_has_a_secret_that_ends_with_it() -> None:
    settings = Settings(database="sqlite://")
    assert secret_path(settings) is None
    assert installation_secret(settings, Sources()) != installation_secret(settings, Sources())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_file_that_others_can_open_is_refused(settings: Settings, tmp_path: Path, mode: int) -> None:
    installation_secret(settings, Sources())
    (tmp_path / "notes.db.key").chmod(mode)
    with pytest.raises(SettingError, match=r"can be opened by other users of this machine: run `chmod 600 "):
        installation_secret(settings, Sources())


def test_file_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.key"
    path.touch(0o600)
    path.write_bytes(b"x" * 31 + b"\n")
    with pytest.raises(SettingError, match="holds 31 bytes: it accepts at least 32"):
        installation_secret(Settings(secret_file=str(path)), Sources())


def test_place_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="is not a file"):
        installation_secret(Settings(secret_file=str(tmp_path)), Sources())
    with pytest.raises(SettingError, match="cannot be used: No such file or directory"):
        installation_secret(Settings(secret_file=str(tmp_path / "nowhere" / "secret")), Sources())


async def test_another_secret_than_the_one_that_sealed_the_keys_stops_the_start(
    settings: Settings, tmp_path: Path
) -> None:
    """Nothing is overwritten: with the right secret put back, the service starts."""
    await _start_and_end(settings)
    kept = (tmp_path / "notes.db.key").rename(tmp_path / "kept")
    installation_secret(settings, Sources())
    with pytest.raises(
        SettingError,
        match=r"secret_file .*notes\.db\.key is not the one that sealed the keys in sqlite:///.*notes\.db: put that "
        r"one back",
    ):
        await create_app(settings)
    with pytest.raises(SettingError, match="The setting secret is not the one"):
        await create_app(Settings(database=settings.database, secret="thirty-two characters are enough"))
    kept.rename(tmp_path / "notes.db.key")
    await _start_and_end(settings)


async def _start_and_end(settings: Settings) -> None:
    async with TestServer(await create_app(settings)):
        pass


async def test_backup_that_comes_without_its_secret_gets_no_other_one(settings: Settings, tmp_path: Path) -> None:
    """A fresh secret opens nothing, and would lie in the place of the right one."""
    await _start_and_end(settings)
    kept = (tmp_path / "notes.db.key").rename(tmp_path / "kept")
    with pytest.raises(
        SettingError,
        match=r"The secret_file .*notes\.db\.key is not there, and only what was in it opens the keys in "
        r"sqlite:///.*notes\.db",
    ):
        await create_app(settings)
    assert not (tmp_path / "notes.db.key").exists()
    kept.rename(tmp_path / "notes.db.key")
    await _start_and_end(settings)


def test_full_disk_leaves_no_half_of_a_secret(tmp_path: Path) -> None:
    """The limit on the size of files stands for the disk: a write fails in the same place."""
    program = f"""
import resource, signal
from mcpbase.settings.loader import SettingError
from mcpserver.secret_file import installation_secret
from mcpserver.settings import Settings
from mcpserver.sources import Sources

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    installation_secret(Settings(database="sqlite:///{tmp_path}/notes.db"), Sources())
except SettingError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == f"The secret_file {tmp_path}/notes.db.key cannot be used: File too large.\n"
    assert list(tmp_path.iterdir()) == []
