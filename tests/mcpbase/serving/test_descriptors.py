"""The limit of file descriptors (getrlimit(2)), in a process of its own."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from mcpbase.serving.descriptors import raise_descriptor_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
print(raise_descriptor_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard"), [(64, 200), (200, 200)])
def test_soft_limit_becomes_the_hard_one(soft: int, hard: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(soft), str(hard)], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [str(hard)] * 3
