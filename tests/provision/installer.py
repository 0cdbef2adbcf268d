"""Running a package manager without a word."""

import os
import shutil
import subprocess
from collections.abc import Sequence

PATIENCE = 300
"""Seconds for one installation."""


def run_quietly(command: Sequence[str]) -> bool:
    """Whether it succeeded; nothing is shown, because package managers print the hosts they speak to."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return (
            subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
            ).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


def install_from_debian(*packages: str) -> bool:
    """Whether they are installed now; only root on Debian can do that."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    return run_quietly(["apt-get", "update"]) and run_quietly(
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    )
