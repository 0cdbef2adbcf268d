"""Running a package manager without a word."""

import os
import subprocess
from collections.abc import Sequence

PATIENCE = 300
"""Seconds for one installation."""


def run_quietly(command: Sequence[str]) -> bool:
    """Whether it succeeded; nothing is shown, because package managers print the hosts they speak to."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
