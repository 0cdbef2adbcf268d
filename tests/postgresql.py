"""A PostgreSQL server of the tests' own: on loopback, with a password, in a temporary directory."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from attrs import field, frozen

from .ports import free_port
from .provision import pgbouncer, postgresql

USER = "mcp"
QUICK = {"fsync": "off", "full_page_writes": "off", "max_connections": "100"}
"""Nobody cuts the power of a test: what is durable and what is not is tested with other settings."""
PATIENCE = 60
"""Seconds to start or to stop."""


@frozen
class Server:
    """A server that runs. ``folder`` has its data; ``databases`` numbers those that were made."""

    programs: Path
    folder: Path
    port: int
    password: str = field(repr=False)
    settings: Mapping[str, str] = QUICK
    _numbers: Iterator[int] = field(factory=count, init=False)

    def url(self, database: str = "postgres") -> str:
        """The address of a database, with the password."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, options: str = "") -> str:
        """Make an empty database and return its URL."""
        name = f"test{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def run(self, sql: str, database: str = "postgres") -> str:
        """Carry out a statement with psql, and return what it prints."""
        command: list[Any] = [self.programs / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = subprocess.run(
            [*command, self.url(database)], check=True, capture_output=True, encoding="utf-8", timeout=PATIENCE
        )
        return done.stdout.strip()

    def start(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        listening = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._control("start", "-w", "-l", self.folder / "log", "-o", f"{listening} {options}")

    def stop(self, mode: str = "immediate") -> None:
        """``mode`` is immediate (as a crash), fast or smart."""
        self._control("stop", "-w", "-m", mode)

    def kill(self) -> None:
        """End it as a power cut would, with all its processes."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def _control(self, *arguments: Any) -> None:
        run(self.programs / "pg_ctl", "-D", self.folder / "data", "-t", str(PATIENCE), *arguments)


def run(*command: Any) -> None:
    """Run a program of PostgreSQL, which refuses to run as root."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=2 * PATIENCE, cwd="/", **_unprivileged())


def _unprivileged() -> dict[str, Any]:
    return {"user": _NOBODY, "group": pwd.getpwnam(_NOBODY).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


_NOBODY = "nobody"


@contextmanager
def running_server(settings: Mapping[str, str] = QUICK, locale: str = "C.UTF-8") -> Iterator[Server]:
    """A new server, until the context is left."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    if os.geteuid() == 0:
        shutil.chown(folder, _NOBODY)
    server = Server(postgresql(), folder, free_port(), secrets.token_urlsafe(16), settings)
    try:
        _create(server, locale)
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create(server: Server, locale: str) -> None:
    password = server.folder / "password"
    password.write_text(server.password)
    who = ("-U", USER, f"--pwfile={password}", "--auth=scram-sha-256")
    run(server.programs / "initdb", "-D", server.folder / "data", "-N", "-E", "UTF8", f"--locale={locale}", *who)


@contextmanager
def running_pooler(server: Server, *, sessions: int = 4) -> Iterator[Callable[[str], str]]:
    """PgBouncer in front of the server, in transaction mode with few sessions; gives the URL of a database."""
    folder = server.folder / "pooler"
    folder.mkdir()
    port = free_port()
    (folder / "users").write_text(f'"{USER}" "{server.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host=127.0.0.1 port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / "users"}
pool_mode = transaction
default_pool_size = {sessions}
"""
    )
    program = subprocess.Popen(
        [pgbouncer(), "-q", folder / "pgbouncer.ini"], cwd="/", stderr=subprocess.DEVNULL, **_unprivileged()
    )
    try:
        wait_for_port(port)
        yield lambda url: url.replace(f":{server.port}/", f":{port}/")
    finally:
        program.terminate()
        program.wait(PATIENCE)


def wait_for_port(port: int) -> None:
    """Return when somebody listens there. Raises TimeoutError."""
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if time.monotonic() > until:
            raise TimeoutError(port)
        time.sleep(0.05)
