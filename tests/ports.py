"""Ports for programs that have to be told theirs."""

import os
import socket
from itertools import count

FIRST, WORKERS, EACH = 10_000, 64, 340
"""Below the ports that systems hand out by themselves (Linux: from 32768), so that nobody is given one between being
found and being used.
"""
UNSAFE = {10080}
"""Browsers open no page there (Fetch standard, section "port blocking"); the only one from ``FIRST`` on."""

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_turn = count(os.getpid() * 37)


def free_port() -> int:
    """A port nobody listens on right now, and which no other worker of this run is given."""
    for _ in range(EACH):
        port = FIRST + _worker * EACH + next(_turn) % EACH
        if port in UNSAFE:
            continue
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise RuntimeError("There is no free port left for this worker of the test run.")
