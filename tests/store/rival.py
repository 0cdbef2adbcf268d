"""Another process on the same database: ``rival.py VERB URL ...``. Says "ready", waits for a line, then acts.

spend NOW DIGEST...: 32 callers want each code; prints how many got it, code by code.
open: opens the store; prints "open".
write: adds notes without end; prints the id of each once the store said that it is kept.
"""

import asyncio
import sys

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
        note = await store.add_note("ann", "x" * 500, now=0)
        print(note.id, flush=True)


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    asyncio.run({"spend": spend, "open": open_only, "write": write}[verb](*arguments))
