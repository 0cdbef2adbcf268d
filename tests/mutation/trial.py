"""One mutant: a fork of a process in which the libraries are imported already runs its tests on a copy of the checkout.

A new interpreter for each would spend most of its time on imports that are the same every time. What is tried is
imported after the fork, and by nothing else.
"""

import itertools
import math
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest
from attrs import frozen

from .mutants import TOP, Mutant

COPIED = ("mcpbase", "mcpserver", "webclient", "templates", "tests", "docs", "examples", "requirements")
FILES = ("setup.cfg", "pyproject.toml", "tox.ini", "README.md", "CHANGELOG.md", "LICENSE")
PATIENCE = 120
"""Seconds for the tests of one mutant, and half as many of work; one with which they hang is noticed, too."""
MEMORY = 3 << 30
"""Bytes for them, so that a mutant whose tests take all that there is harms nobody else; it is noticed, too."""
PASSED, FAILED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED
OURS = ("mcpbase", "mcpserver", "webclient", "tests")
LIBRARIES = (
    "aiohttp.test_utils",
    "aiohttp.web",
    "aiohttp_jinja2",
    "aiosqlite",
    "argon2",
    "asyncio",
    "attrs",
    "click",
    "cryptography.x509",
    "hypothesis",
    "joserfc.jwe",
    "joserfc.jwt",
    "jsonschema_rs",
    "jwt",
    "markdown_it",
    "msgspec",
    "opentelemetry.trace",
    "pydantic",
    "pytest_aiohttp.plugin",
    "pytest_asyncio",
    "sqlite3",
    "trustme",
    "uritemplate",
    "xdist.plugin",
)
"""What takes longest to import. Nothing breaks when one is missing here; it takes longer."""
OPTIONS = [
    "-q",
    "-x",
    "-rf",
    "--tb=line",
    "-p",
    "no:cacheprovider",
    "-n",
    "0",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
]
_changes = itertools.count(1)


@frozen
class Outcome:
    """``code`` is pytest's exit code, FAILED too when the tests were not done in time; ``output`` what it wrote;
    ``seconds`` how long it took.
    """

    code: int
    output: str
    seconds: float


def try_mutant(mutant: Mutant, folder: str, patience: float) -> Outcome:
    """How its tests end without the protection, on this process's copy in ``folder``, within so many seconds.

    Raises MutantError.
    """
    copy = _copy(folder)
    with _changed(copy / mutant.file, mutant):
        return _fork(mutant.tests, copy, patience)


def try_untouched(tests: Sequence[str], folder: str) -> Outcome:
    """How these tests end with all protections in place."""
    return _fork(tests, _copy(folder), PATIENCE * len(tests))


@cache
def _copy(folder: str) -> Path:
    """The copy of the checkout that belongs to this process, and the libraries."""
    for library in LIBRARIES:
        with suppress(ImportError):
            import_module(library)
    copy = Path(tempfile.mkdtemp(dir=folder))
    for name in COPIED:
        shutil.copytree(TOP / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
    for name in FILES:
        shutil.copy(TOP / name, copy)
    return copy


@contextmanager
def _changed(path: Path, mutant: Mutant) -> Iterator[None]:
    """The file without the protection.

    Its bytecode is told apart by a time of change that no other change of this process has.
    """
    text, before = path.read_text("utf-8"), path.stat()
    path.write_text(mutant.applied_to(text), "utf-8")
    os.utime(path, (before.st_atime, next(_changes)))
    try:
        yield
    finally:
        path.write_text(text, "utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _fork(tests: Sequence[str], copy: Path, patience: float) -> Outcome:
    begun = time.monotonic()
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            _run_and_exit(tests, copy, patience, output.fileno())
        try:
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # with the programs that the tests started
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if code < 0:
        code, text = FAILED, f"{text}\nFAILED: {_ending(signal.Signals(-code), patience)}"
    return Outcome(code, text, time.monotonic() - begun)


def _ending(cause: signal.Signals, patience: float) -> str:
    """Why the tests came to no end of their own."""
    if cause in (signal.SIGALRM, signal.SIGXCPU):
        return f"not done after {patience:g} s, or half as many of work"
    return f"ended by {cause.name}; the tests of one mutant may have {MEMORY} bytes"


def _run_and_exit(tests: Sequence[str], copy: Path, patience: float, output: int) -> NoReturn:
    """Run pytest in the copy, in a session of its own that an alarm ends."""
    code: int = FAILED  # also when pytest raises after its report, about what a failed test left open
    try:
        os.setsid()
        signal.setitimer(signal.ITIMER_REAL, patience)
        resource.setrlimit(resource.RLIMIT_CPU, (work := math.ceil(patience / 2), work + 5))  # SIGKILL at the second
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        os.dup2(output, 1)
        os.dup2(output, 2)
        _move_to(copy)
        code = pytest.main([*OPTIONS, *tests])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _move_to(copy: Path) -> None:
    """Import from there, and nothing of ours that is imported already."""
    os.chdir(copy)
    os.environ["PYTHONPATH"] = str(copy)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False  # nothing is compiled twice, whatever is the custom here
    sys.path[:] = [str(copy), *(place for place in sys.path if place and Path(place).resolve() != TOP)]
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
