"""``mcpserver key``: looking at the signing keys and changing them."""

from pathlib import Path

from .conftest import Listed, Run


def test_no_key_before_the_first_start(run: Run) -> None:
    assert "There is no key yet" in run("key", "list").stdout


def test_rotation_retires_the_old_key_and_keeps_it(run: Run, listed: Listed) -> None:
    """RFC 7517 section 5: both stay published while tokens of the old one live."""
    first, second = (run("key", "rotate").stdout.removeprefix("The signing key is now ").removesuffix(".\n") for _ in range(2))
    keys = {key["kid"]: key for key in listed("key")}
    assert len(keys) == 3
    assert keys[second]["signs"] is True
    assert keys[second]["retired"] is None
    assert keys[first]["signs"] is False
    assert keys[first]["retired"] >= keys[first]["created"]


def test_private_part_is_never_shown(run: Run, listed: Listed) -> None:
    run("key", "rotate")
    assert {name for key in listed("key") for name in key} == {"kid", "created", "retired", "signs"}
    assert run("key", "list").stdout.splitlines()[0].split() == ["kid", "created", "retired", "signs"]


def test_rotation_with_another_secret_is_refused(run: Run, listed: Listed, tmp_path: Path) -> None:
    run("key", "rotate")
    before = listed("key")
    (tmp_path / "notes.db.key").unlink()
    done = run("key", "rotate")
    assert done.exit_code == 2
    assert "is not the one that sealed the keys" in done.stderr
    assert listed("key") == before
