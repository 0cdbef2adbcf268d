"""requirements/: what the tests and the demo install is pinned, by hash, and as setup.cfg wants it; its installer
says what it does.
"""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

TOP = Path(__file__).parent.parent
REQUIREMENTS = TOP / "requirements"
LISTS = {
    "run.txt": ((), ("build",)),
    "service.txt": (("postgres", "workers"), ("build",)),
    "test.txt": (("test",), ("build",)),
    "oldest.txt": (("test",), ("build",)),
    "e2e.txt": (("test", "e2e"), ("build",)),
    "dev.txt": (("dev",), ("build",)),
    "lint.txt": (None, ("lint",)),
    "lock.txt": (None, ("lock",)),
    "tox.txt": (None, ("tox",)),
}
"""Each list: the extras of setup.cfg that it holds (None: nothing of setup.cfg at all), and the groups of
pyproject.toml.
"""
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def wanted(name: str) -> list[Requirement]:
    """What a list has to satisfy."""
    extras, groups = LISTS[name]
    setup = ConfigParser()
    setup.read(TOP / "setup.cfg")
    lines = (
        [] if extras is None else [setup["options"]["install_requires"], *(expanded(setup, extra) for extra in extras)]
    )
    named = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    lines += [requirement for group in groups for requirement in named[group]]
    return [Requirement(line) for text in lines for line in text.splitlines() if line.strip()]


def expanded(setup: ConfigParser, extra: str) -> str:
    """An extra, with the extras of our own that it names in their place."""
    lines = setup["options.extras_require"][extra].split("\n")
    own = {line: re.findall(r"\w+", line.removeprefix("mcpserver")) for line in lines if line.startswith("mcpserver[")}
    return "\n".join(
        [
            *(line for line in lines if line not in own),
            *(expanded(setup, inner) for names in own.values() for inner in names),
        ]
    )


def pins(name: str) -> dict[str, list[str]]:
    """Package -> the versions that a list has of it; two, where Pythons differ."""
    found: dict[str, list[str]] = {}
    for package, version in PIN.findall((REQUIREMENTS / name).read_text("utf-8")):
        found.setdefault(package, []).append(version)
    return found


@pytest.mark.parametrize("name", LISTS)
def test_list_has_what_is_asked_for(name: str) -> None:
    pinned = pins(name)
    for requirement in wanted(name):
        versions = pinned.get(re.sub(r"[-_.]+", "-", requirement.name).lower(), [])
        assert versions, f"{requirement} is not in {name}: run `tox -e lock`"
        assert all(requirement.specifier.contains(version) for version in versions), (
            f"{requirement}: {name} has {versions}; run `tox -e lock`"
        )


@pytest.mark.parametrize("name", LISTS)
def test_list_has_a_hash_for_everything_and_names_no_registry(name: str) -> None:
    text = (REQUIREMENTS / name).read_text("utf-8")
    entries = [entry for entry in re.split(r"\n(?=[\w.-]+==)", text) if PIN.match(entry)]
    assert len(entries) == len(PIN.findall(text))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_tests_and_demo_run_the_same_versions() -> None:
    everything = pins("dev.txt")
    for name in LISTS.keys() - {"oldest.txt"}:
        assert {
            package: versions for package, versions in pins(name).items() if everything.get(package) != versions
        } == {}, name


def test_every_list_is_used() -> None:
    assert {path.name for path in REQUIREMENTS.glob("*.txt")} == LISTS.keys()
    used = (TOP / "tox.ini").read_text("utf-8") + (REQUIREMENTS / "install.py").read_text("utf-8")
    assert [name for name in LISTS if name not in used] == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The installer in a folder where nothing is installed, with a short list."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(REQUIREMENTS / "install.py", tmp_path / "requirements")
    shutil.copy(REQUIREMENTS / "tox.txt", tmp_path / "requirements")
    return tmp_path


def install(checkout: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "requirements/install.py", *arguments],
        cwd=checkout,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_installer_names_each_package_and_starts_what_was_asked_for(checkout: Path) -> None:
    done = install(checkout, "tox", "--version")
    assert done.returncode == 0, done.stderr
    (version,) = pins("tox.txt")["tox"]
    first, second, *lines = done.stdout.splitlines()
    assert first.startswith("Making .venv with Python 3.")
    count = len(PIN.findall((REQUIREMENTS / "tox.txt").read_text("utf-8")))
    assert second == f"Installing {count} packages from requirements/tox.txt, each pinned and checked by its hash:"
    assert f"  tox {version}" in lines
    assert lines[-1].startswith(f"{version} from ")


def test_installer_refuses_a_package_that_is_not_what_was_pinned(checkout: Path) -> None:
    pinned = checkout / "requirements" / "tox.txt"
    pinned.write_text(re.sub(r"sha256:\w{64}", "sha256:" + "0" * 64, pinned.read_text("utf-8")), "utf-8")
    done = install(checkout, "tox")
    assert done.returncode == 1
    assert "pip failed; the last lines it wrote:" in done.stderr
    assert "HASHES" in done.stderr
    assert "Traceback" not in done.stderr


def test_installer_knows_its_words(checkout: Path) -> None:
    done = install(checkout, "everything")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Nothing here is called everything: choose from run, demo, tox.\n"


def test_installer_tells_an_old_python_in_one_sentence(checkout: Path) -> None:
    """The file is one that Python 3.7 can read; here this Python is made too old, as no older one need be on the
    machine.
    """
    script = checkout / "requirements" / "install.py"
    ast.parse(script.read_text("utf-8"), feature_version=(3, 7))
    script.write_text(script.read_text("utf-8").replace("OLDEST = (3, 11)", "OLDEST = (99, 0)"), "utf-8")
    done = install(checkout, "demo")
    assert (done.returncode, done.stdout) == (1, "")
    began, _, end = done.stderr.partition(" is Python ")
    assert began.startswith("mcpserver needs Python 3.11 or later, and ")
    assert re.fullmatch(r"\d+\.\d+\.\d+: run this again with a newer one, such as python3\.11\.\n", end)
