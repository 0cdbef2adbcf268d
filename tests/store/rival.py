"""Another process on the same database: ``rival.py VERB URL ...``. Says "ready", waits for a line, then acts.

spend NOW DIGEST...: 32 callers want each code; prints how many got it, code by code.
redeem NOW NUMBER: spends the codes "code 0".."code NUMBER-1" of the grants "0".. for the refresh tokens "refresh 0"..,
    eight at a time; prints each number once the store said that it is kept; soon after the 40th it kills itself.
open: opens the store; prints "open".
write: adds notes without end; prints the id of each once the store said that it is kept.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator

from mcpserver.notes.store import NoteStore
from mcpserver.oauth.protocol.models import RefreshToken
from mcpserver.store import Store, open_store


def _announce() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


async def spend(url: str, now: str, *digests: str) -> None:
    store = await open_store(url)
    _announce()
    print(*[await _spend_one(store, bytes.fromhex(digest), int(now)) for digest in digests], flush=True)
    await store.close()


async def _spend_one(store: Store, digest: bytes, now: int) -> int:
    return sum(await asyncio.gather(*(store.spend_code(digest, refresh_token=None, now=now) for _ in range(32))))


async def redeem(url: str, now: str, number: str) -> None:
    store = await open_store(url)
    _announce()
    numbers = iter(range(int(number)))
    await asyncio.gather(*(_redeem_each(store, numbers, int(now)) for _ in range(8)))
    await store.close()


async def _redeem_each(store: Store, numbers: Iterator[int], now: int) -> None:
    for n in numbers:
        token = RefreshToken(f"refresh {n}".encode(), str(n), 0, now + 3600)
        assert await store.spend_code(f"code {n}".encode(), refresh_token=token, now=now)
        print(n, flush=True)
        if n == 40:
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGKILL)).start()


async def open_only(url: str) -> None:
    _announce()
    store = await open_store(url)
    print("open", flush=True)
    await store.close()


async def write(url: str) -> None:
    store = await open_store(url)
    _announce()
    await asyncio.gather(*(_write_on(store) for _ in range(8)))


async def _write_on(store: Store) -> None:
    while True:
        note = await NoteStore(store.database).add_note("ann", "x" * 500, now=0)
        print(note.id, flush=True)


VERBS: dict[str, Callable[..., Coroutine[None, None, None]]] = {
    "spend": spend,
    "redeem": redeem,
    "open": open_only,
    "write": write,
}

if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    asyncio.run(VERBS[verb](*arguments))
