"""What happens when something beyond Python is not there: one sentence, a skip on a laptop, a failure in CI."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import provision
from tests.provision import nodejs, packages, proxy
from tests.provision.__main__ import main


@pytest.fixture
def empty_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing on PATH, nothing in the cache, nobody who may install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(packages, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(proxy, "PLACES", str(tmp_path))
    monkeypatch.setattr(nodejs, "find_spec", lambda name: None)


@pytest.mark.usefixtures("empty_machine")
@pytest.mark.parametrize(
    "find",
    [
        provision.chromium,
        provision.node,
        provision.conformance,
        provision.inspector,
        provision.typescript_client,
        provision.openid_client,
        provision.mcp_remote,
        provision.supergateway,
        provision.nginx,
        provision.haproxy,
        provision.caddy,
        provision.systemd_analyze,
        provision.provide_chromium,
        provision.provide_nginx,
        provision.provide_haproxy,
        provision.provide_caddy,
        provision.provide_systemd,
        provision.provide_packages,
    ],
)
def test_lack_is_one_sentence_that_says_what_to_install(find: Callable[[], object]) -> None:
    with pytest.raises(provision.LackError) as lack:
        find()
    sentence = str(lack.value)
    assert " is missing: " in sentence
    assert "\n" not in sentence


@pytest.mark.usefixtures("empty_machine")
def test_lack_skips_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Chromium is missing"):
        provision.need(provision.chromium)
    assert main(["chromium"]) == 0


@pytest.mark.usefixtures("empty_machine")
def test_lack_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Chromium is missing"):
        provision.need(provision.chromium)
    assert main(["chromium"]) == 1


def test_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["firefox"]) == 2
    assert "firefox" in capsys.readouterr().err


def test_too_old_node_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The suite needs Node 22."""
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v20.20.2\n", encoding="utf-8")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(nodejs, "find_spec", lambda name: None)
    with pytest.raises(provision.LackError, match="Node 22"):
        provision.node()


def test_package_of_another_version_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What passes today must not depend on which version somebody else's cache holds."""
    monkeypatch.setattr(packages, "CACHE", tmp_path)
    stale = packages.CONFORMANCE.folder / "node_modules" / packages.CONFORMANCE.name
    stale.mkdir(parents=True)
    (stale / "package.json").write_text('{"version": "0.1.0"}', encoding="utf-8")
    with pytest.raises(provision.LackError, match=r"is 0\.1\.0, not "):
        packages.CONFORMANCE.find()
