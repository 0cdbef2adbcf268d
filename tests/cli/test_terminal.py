"""At a terminal, a command that cannot be undone asks first."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

from .conftest import Listed, Run


@pytest.mark.parametrize(("typed", "options", "left"), [("n\n", (), ["ada"]), ("y\n", (), []), ("", ("--yes",), [])])
def test_removing_a_person_asks_at_a_terminal(
    tmp_path: Path, add_ada: Run, listed: Listed, typed: str, options: tuple[str, ...], left: list[str]
) -> None:
    add_ada()
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    command = [
        sys.executable,
        "-m",
        "mcpserver",
        "user",
        "remove",
        "ada",
        "--database",
        f"sqlite:///{tmp_path}/notes.db",
        *options,
    ]
    done = subprocess.run(command, cwd=ROOT, stdin=theirs, capture_output=True, text=True, timeout=90, check=False)
    os.close(ours)
    os.close(theirs)
    assert ("cannot be undone" in done.stdout) is (not options)
    assert done.returncode == (1 if left else 0)
    assert [person["username"] for person in listed("user")] == left
