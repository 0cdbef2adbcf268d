"""``mcpserver key``: looking at the signing keys and changing them."""

from pathlib import Path

from .conftest import Listed, Run


def test_no_key_before_the_first_start(run: Run) -> None:
    run("initial-access-token", "add")
    assert "There is no key yet" in run("key", "list").stdout


def test_new_key_is_published_before_it_signs(run: Run, listed: Listed) -> None:
    """RFC 7517 section 5: who keeps the published keys has looked again by the time that a new one signs."""
    said = run("key", "rotate").stdout
    after, before = listed("key")
    assert (after["state"], before["state"]) == ("next", "active")
    assert after["signs_from"] >= after["created"] + 6 * 60
    assert before["retired"] == after["signs_from"]
    assert said.startswith("The signing key for ES256 from ")
    assert said.endswith(f" UTC on is {after['kid']}.\n")


def test_new_key_signs_at_once_when_told_to(run: Run, listed: Listed) -> None:
    """RFC 7517 section 5: both stay published while tokens of the old one live."""
    run("key", "rotate")
    said = run("key", "rotate", "--now").stdout
    keys = {key["kid"]: key for key in listed("key")}
    newest = said.removeprefix("The signing key for ES256 is now ").removesuffix(".\n")
    assert len(keys) == 3
    assert keys.pop(newest)["state"] == "active"
    assert {key["state"] for key in keys.values()} == {"retired"}
    assert all(key["retired"] >= key["created"] for key in keys.values())


def test_key_is_for_the_algorithm_that_is_kept(run: Run, listed: Listed) -> None:
    """What the service signs with, whatever the default here is; the flag makes a key of another beside it."""
    run("key", "rotate", "--algorithm", "eddsa")
    assert [key["algorithm"] for key in listed("key")] == ["EdDSA", "EdDSA"]
    said = run("key", "rotate", "--now").stdout
    assert said.startswith("The signing key for EdDSA is now ")
    assert {key["algorithm"] for key in listed("key")} == {"EdDSA"}
    run("key", "rotate", "--now", "--algorithm", "RS256")
    assert sorted(key["algorithm"] for key in listed("key") if key["state"] == "active") == ["EdDSA", "RS256"]
    assert run("key", "rotate", "--now").stdout.count("is now") == 2
    assert sorted(key["algorithm"] for key in listed("key") if key["state"] == "active") == ["EdDSA", "RS256"]


def test_algorithm_that_is_none_is_refused(run: Run) -> None:
    done = run("key", "rotate", "--algorithm", "HS256")
    assert done.exit_code == 2
    assert "es256" in done.stderr.lower()


def test_private_part_is_never_shown(run: Run, listed: Listed) -> None:
    run("key", "rotate")
    columns = ["kid", "algorithm", "state", "created", "signs_from", "retired"]
    assert {name for key in listed("key") for name in key} == set(columns)
    assert run("key", "list").stdout.splitlines()[0].split() == columns


def test_rotation_with_another_secret_is_refused(run: Run, listed: Listed, tmp_path: Path) -> None:
    run("key", "rotate")
    before = listed("key")
    (tmp_path / "notes.db.key").write_text("another secret of thirty-two characters and more")
    done = run("key", "rotate")
    assert done.exit_code == 2
    assert "is not the one that sealed the keys" in done.stderr
    assert listed("key") == before


def test_retired_key_is_removed(run: Run, listed: Listed) -> None:
    run("key", "rotate")
    run("key", "rotate", "--now")
    keys = {key["state"]: key["kid"] for key in listed("key")}
    done = run("key", "remove", keys["retired"])
    assert (done.exit_code, done.stdout) == (0, f"Removed {keys['retired']}.\n")
    assert keys["retired"] not in [key["kid"] for key in listed("key")]


def test_key_that_signs_is_not_removed(run: Run, listed: Listed) -> None:
    run("key", "rotate")
    for kid in (*(key["kid"] for key in listed("key")), "unknown", "-unknown", "--unknown", "-with-h"):
        done = run("key", "remove", kid)
        assert done.exit_code == 1
        assert "`mcpserver key rotate --now` retires the active one" in done.stderr
    assert len(listed("key")) == 2
