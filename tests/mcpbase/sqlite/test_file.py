"""The file of a database: private, and recognized while a program runs."""

from pathlib import Path

import pytest

from mcpbase.sqlite.file import DatabaseFileError, OpenedFile, require_private_file


def test_file_is_created_for_its_owner_alone(tmp_path: Path) -> None:
    require_private_file(tmp_path / "new.db")
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["some.db", "some.db-wal", "some.db-shm", "some.db-journal"])
def test_file_that_others_can_open_is_refused_with_the_remedy(tmp_path: Path, name: str) -> None:
    (tmp_path / "some.db").touch(0o600)
    (tmp_path / name).touch(0o600)
    (tmp_path / name).chmod(0o640)
    with pytest.raises(DatabaseFileError, match=f"chmod 600 .*{name}"):
        require_private_file(tmp_path / "some.db")


def test_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFileError, match="is not a file"):
        require_private_file(tmp_path)


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFileError, match="cannot be created: No such file or directory"):
        require_private_file(tmp_path / "absent" / "some.db")


def test_opened_file_is_recognized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By device and inode, wherever the program goes."""
    monkeypatch.chdir(tmp_path)
    path = Path("some.db")
    path.touch()
    file = OpenedFile(path)
    monkeypatch.chdir("/")
    assert file.fault() is None
    (tmp_path / path).rename(tmp_path / "elsewhere.db")
    assert file.fault() == "deleted or moved away"
    (tmp_path / path).touch()
    assert file.fault() == "replaced by another one"
    (tmp_path / "elsewhere.db").replace(tmp_path / path)
    assert file.fault() is None
