"""The wheel: everything is in it, and both programs run from it in an empty environment."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from tests.ports import free_port

TOP = Path(__file__).parent.parent
SOURCES = ("mcpbase", "mcpserver", "webclient", "templates")
"""What the wheel is made from, beside the files at the top."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing of an earlier build gets in and the checkout stays as it is."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        shutil.copytree(TOP / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(TOP / name, copy)
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(copy / "dist"), str(copy))
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installed programs, in an environment that had nothing in it but what they need to run."""
    place = tmp_path_factory.mktemp("empty") / "venv"
    call(sys.executable, "-m", "venv", str(place))
    call(
        str(place / "bin" / "pip"),
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        str(TOP / "requirements" / "run.txt"),
    )
    call(str(place / "bin" / "pip"), "install", "--quiet", "--no-deps", str(wheel))
    call(str(place / "bin" / "pip"), "check")
    return place / "bin"


def call(*command: str) -> str:
    """What a command prints. It runs at home, far from the checkout."""
    done = subprocess.run(
        command, cwd=Path.home(), env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    """Ours without what leads back to the checkout, or configures the programs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "MCPSERVER_", "WEBCLIENT_", "COVERAGE_", "COV_"))
    }


def packages() -> dict[str, Path]:
    """Each package of setup.cfg and the folder that it is made from."""
    setup = ConfigParser()
    setup.read(TOP / "setup.cfg")
    places = dict(line.split(" = ") for line in setup["options"]["package_dir"].split("\n") if line)
    return {name: TOP / places.get(name, name.replace(".", "/")) for name in setup["options"]["packages"].split()}


def test_every_folder_of_ours_is_a_package_of_the_wheel() -> None:
    folders = {path.parent for name in ("mcpbase", "mcpserver", "webclient") for path in (TOP / name).rglob("*.py")}
    folders |= {path.parent for path in (TOP / "templates").rglob("*.*") if path.is_file()}
    assert sorted(folders - set(packages().values())) == []


def test_every_file_of_ours_is_in_the_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    for name, place in packages().items():
        files = {path.name for path in place.iterdir() if path.is_file() and not path.name.startswith(".")}
        assert sorted(file for file in files if f"{name.replace('.', '/')}/{file}" not in inside) == []


def test_wheel_says_what_it_is(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (metadata,) = (archive.read(name).decode() for name in archive.namelist() if name.endswith("METADATA"))
        assert any(name.endswith("LICENSE") for name in archive.namelist())
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata


@pytest.mark.parametrize("name", ["mcpserver", "webclient"])
def test_installed_programs_tell_their_version(programs: Path, name: str) -> None:
    assert re.fullmatch(rf"{name} \d+\.\d+\.\d+\n", call(str(programs / name), "--version"))
    assert call(str(programs / name), "--version") == call(str(programs / "python"), "-m", name, "--version")


@pytest.fixture(params=["mcpserver", "webclient"])
def address(request: pytest.FixtureRequest, programs: Path, tmp_path: Path) -> Iterator[str]:
    """Where an installed program answers, started outside of the checkout."""
    command = [str(programs / request.param), "--port", str(free_port()), "--database", f"sqlite:///{tmp_path}/kept.db"]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**environment(), "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"https?://\S+:\d+\S*", process.stdout.readline())
            assert found is not None
            yield found[0]
        finally:
            process.terminate()


def test_installed_program_shows_its_page_in_its_style(address: str) -> None:
    with urlopen(address, timeout=10) as page:
        sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.read().decode())
    assert sheets
    for sheet in sheets:
        with urlopen(urljoin(address, sheet), timeout=10) as style:
            assert style.headers.get_content_type() == "text/css"
            assert b"{" in style.read()
