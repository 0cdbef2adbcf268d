"""A PostgreSQL of its own for one run: a new cluster in a temporary directory, on a socket there, with everything
durable as it comes.
"""

import asyncio
import os
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.provision.lack import LackError

_DEBIAN = Path("/usr/lib/postgresql")
_READY = b"database system is ready to accept connections"


def programs() -> Path:
    """The folder of ``initdb`` and ``postgres``, the newest there is. Raises LackError."""
    found = shutil.which("initdb")
    folders = (
        [Path(found).parent]
        if found
        else sorted(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    )
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise LackError(
        "PostgreSQL is missing, so oidc-provider on it is left out: install your system's package of the server."
    )


@asynccontextmanager
async def running(programs: Path) -> AsyncIterator[Path]:
    """The folder of its socket, open to this user alone; its user is ``bench``, and so is not the system's."""
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL does not run for root
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        making = await asyncio.create_subprocess_exec(
            programs / "initdb",
            "--auth=trust",
            "--username=bench",
            "--encoding=UTF8",
            "-D",
            data,
            cwd=folder,
            stdout=DEVNULL,
            user=user,
        )
        if await making.wait():
            raise RuntimeError("initdb failed; its last words are on standard error.")
        serving = await asyncio.create_subprocess_exec(
            programs / "postgres",
            "-D",
            data,
            "-k",
            folder,
            "-c",
            "listen_addresses=",
            cwd=folder,
            stderr=PIPE,
            user=user,
        )
        assert serving.stderr is not None
        try:
            while _READY not in (line := await serving.stderr.readline()):
                if not line:
                    raise RuntimeError("PostgreSQL ended before it was ready.")
            reading = asyncio.create_task(serving.stderr.read())
            yield folder
        finally:
            if serving.returncode is None:
                serving.send_signal(2)  # a fast shutdown: it does not wait for its clients
            await serving.wait()
        await reading
