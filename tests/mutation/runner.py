"""Runs the tests of each mutant on a copy of the checkout in which its protection is taken out."""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from .mutants import TOP, Mutant

COPIED = ("mcpbase", "mcpserver", "webclient", "templates", "tests", "docs", "examples", "requirements")
FILES = ("setup.cfg", "pyproject.toml", "tox.ini", "README.md", "CHANGELOG.md", "LICENSE")
PATIENCE = 300
"""Seconds for the tests of one mutant; a protection without which they hang is missed, too."""
PASSED, FAILED = 0, 1
"""Exit codes of pytest."""


@frozen
class Verdict:
    """``noticed``: a test failed without the protection. ``output`` is what pytest wrote."""

    mutant: Mutant
    noticed: bool
    output: str


def try_all(mutants: Sequence[Mutant], jobs: int, tell: Callable[[Verdict], None] = lambda verdict: None) -> list[Verdict]:
    """Try every mutant, ``jobs`` at a time; ``tell`` hears of each when it is done. Raises MutantError for one that cannot be tried."""
    with _copies(jobs) as copies, ThreadPoolExecutor(jobs) as pool:

        def attempt(mutant: Mutant) -> Verdict:
            copy = copies.get()
            try:
                verdict = _try(mutant, copy)
            finally:
                copies.put(copy)
            tell(verdict)
            return verdict

        return list(pool.map(attempt, mutants))


def run_tests(tests: Sequence[str], place: Path, patience: int = PATIENCE) -> tuple[int, str]:
    """Exit code of pytest, and what it wrote; FAILED after so many seconds."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-rf", "--tb=line", "-p", "no:cacheprovider", "-n", "0", *tests]
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        return FAILED, f"FAILED: not done after {patience} s"
    return done.returncode, done.stdout


def _try(mutant: Mutant, copy: Path) -> Verdict:
    path = copy / mutant.file
    text = path.read_text("utf-8")
    path.write_text(mutant.applied_to(text), "utf-8")
    try:
        code, output = run_tests(mutant.tests, copy)
    finally:
        path.write_text(text, "utf-8")
    return Verdict(mutant, code == FAILED and "\nFAILED" in f"\n{output}", output)


@contextmanager
def _copies(number: int) -> Iterator[queue.SimpleQueue[Path]]:
    """Copies of the checkout, one for each mutant that is tried at the same time."""
    with tempfile.TemporaryDirectory() as folder:
        copies: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for index in range(number):
            copy = Path(folder, str(index))
            copy.mkdir()
            for name in COPIED:
                shutil.copytree(TOP / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
            for name in FILES:
                shutil.copy(TOP / name, copy)
            copies.put(copy)
        yield copies
