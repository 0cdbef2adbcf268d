"""The two programs as real processes on real ports, started and stopped as a person does it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread, Timer

from attrs import define, field

ROOT = Path(__file__).parent.parent
START_DEADLINE = 90
STOP_DEADLINE = 60
ADDRESS = re.compile(r"https?://\S+:\d+|answers at https://")
HOME = re.compile(r"http://127\.0\.0\.1:\d+/k/[\w-]+")


@define
class Program:
    """A running program: ``url`` is its address without a trailing slash, ``lines`` what it has printed so far."""

    process: subprocess.Popen[str]
    url: str
    lines: list[str] = field(factory=list)
    _ready: Event = field(init=False, factory=Event)
    _reader: Thread = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def home(self) -> str:
        """Where the web client's pages lie, as it has printed it, without a trailing slash."""
        return next(found[0] for line in self.lines if (found := HOME.search(line)))

    def wait_until_ready(self) -> None:
        """Return once the program has printed its address. Raises AssertionError with its words when it does not."""
        if not self._ready.wait(START_DEADLINE) or self.process.poll() is not None:
            self.stop()
            raise AssertionError(f"The program did not start:\n{''.join(self.lines)}")

    def _read(self) -> None:
        """Keep what is printed; the address says that the program answers, the end of its output that it never will."""
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line)
                if ADDRESS.search(line):
                    self._ready.set()
        self._ready.set()

    def stop(self) -> int:
        """End the program as Ctrl-C does, unless it has ended already. Returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._reader.join(STOP_DEADLINE)


def start_service(database: Path, *, port: int, settings: Mapping[str, object] | None = None) -> Program:
    """Start ``mcpserver serve``.

    ``settings`` by their names in lower case (``access_token_lifetime``), put into its environment.
    """
    return _start(
        "mcpserver", ["serve", "--port", str(port)], port, {"database": f"sqlite:///{database}", **(settings or {})}
    )


def start_webclient(database: Path, *, port: int, settings: Mapping[str, object] | None = None) -> Program:
    """Start ``webclient``; ``settings`` as for the service."""
    return _start("webclient", ["--port", str(port)], port, {"database": f"sqlite:///{database}", **(settings or {})})


def start_server(module: str, database: Path, *, port: int) -> Program:
    """Start the ``server`` of a module behind the real sign-in."""
    return _start("tests.interop.elsewhere", [module, str(port), f"sqlite:///{database}"], port, {})


def start_conformance_server(*, port: int) -> Program:
    """Start the server that offers whatever the official suite calls by name, without sign-in."""
    return _start("tests.conformance.server", ["--port", str(port)], port, {})


@contextmanager
def running(program: Program) -> Iterator[Program]:
    """Stop the program at the end, whatever happened."""
    try:
        yield program
    finally:
        program.stop()


def command(*arguments: str, database: Path, typed: str = "", settings: Mapping[str, object] | None = None) -> str:
    """What ``mcpserver ARGUMENTS`` prints; ``settings`` as for the service.

    Raises AssertionError with its words when it fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", "mcpserver", *arguments],
        cwd=ROOT,
        env=_environment("mcpserver", {"database": f"sqlite:///{database}", **(settings or {})}),
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=START_DEADLINE,
        check=False,
    )
    assert done.returncode == 0, f"mcpserver {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def add_user(
    database: Path,
    username: str,
    password: str,
    *,
    name: str,
    email: str,
    settings: Mapping[str, object] | None = None,
) -> None:
    """``mcpserver user add``."""
    command(
        "user",
        "add",
        username,
        "--name",
        name,
        "--email",
        email,
        "--password-stdin",
        database=database,
        typed=f"{password}\n",
        settings=settings,
    )


def add_client(
    database: Path, redirect_uri: str, *options: str, settings: Mapping[str, object] | None = None
) -> dict[str, str]:
    """``mcpserver client add``. Returns ``client_id`` and, with ``--confidential``, ``client_secret``."""
    printed = command(
        "client",
        "add",
        "--name",
        "Operator's client",
        "--redirect-uri",
        redirect_uri,
        *options,
        database=database,
        settings=settings,
    )
    return dict(line.split(": ", 1) for line in printed.splitlines())


def _start(module: str, arguments: Sequence[str], port: int, settings: Mapping[str, object]) -> Program:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=_environment(module, settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    program = Program(process, f"http://127.0.0.1:{port}")
    program.wait_until_ready()
    return program


def _environment(module: str, settings: Mapping[str, object]) -> dict[str, str]:
    """This process's environment without the settings of the person who runs the tests, plus ``settings``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MCPSERVER_", "WEBCLIENT_"))}
    chosen = {f"{module.upper()}_{name.upper()}": str(value) for name, value in settings.items()}
    return {**kept, **chosen, "PYTHONUNBUFFERED": "1"}


def read_until(process: subprocess.Popen[str], words: str, *, patience: float = 60) -> str:
    """What a program prints, to the line with these words; it is ended where they do not come in so many seconds."""
    assert process.stdout is not None
    timer = Timer(patience, process.kill)
    timer.start()
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if words in line:
                return "".join(lines)
    finally:
        timer.cancel()
    raise AssertionError(f"{words!r} did not come: {''.join(lines)}")
