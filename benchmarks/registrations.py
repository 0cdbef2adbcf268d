"""What registrations cost as their number grows.

    python -m benchmarks.registrations [--registrations 20000] [--connections 8]

Replays registrations as a popular public server receives them: 91 % come from one program that listens at another
loopback port each time, the others from programs of their own, of which every ninth is allowed something. Each comes
from an address of its own. Printed are, for each tenth of the replay, the processor time of a registration (server and
client together), and at the end the answers by status and the clients that are stored. The database is SQLite on disk.
"""

import argparse
import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from aiohttp import ClientSession, web
from attrs import Factory, frozen

from mcpserver.accounts.models import Account
from mcpserver.compose.app import create_app
from mcpserver.compose.service import SERVICE, Service
from mcpserver.notes.application import open_notes
from mcpserver.oauth.protocol.models import Grant
from mcpserver.settings import Settings

PARTS = 10


@frozen
class Replay:
    service: Service
    http: ClientSession
    statuses: Counter[int] = Factory(Counter)
    used: set[str] = Factory(set)

    async def register(self, number: int) -> None:
        popular = number % 100 < 91
        document = {
            "client_name": "Popular program" if popular else f"Program {number}",
            "redirect_uris": [f"http://127.0.0.1:{1024 + number % 60_000}/callback"],
            "token_endpoint_auth_method": "none",
        }
        address = f"{20 + (number >> 24)}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        async with self.http.post("/register", json=document, headers={"X-Forwarded-For": address}) as answer:
            registered = await answer.json()
        self.statuses[answer.status] += 1
        if answer.status == 201 and (number == 0 or number % 100 == 95):
            await self._allow(registered["client_id"], number)

    async def _allow(self, client_id: str, number: int) -> None:
        """What the consent page does: a grant, and with it the client."""
        now = self.service.sources.now()
        grant = Grant(f"grant {number}", "ada", client_id, "profile", self.service.settings.resource, now, now + 86400)
        client = await self.service.clients.find(client_id)
        assert await self.service.store.add_grant(grant, client=client)
        self.used.add(client_id)


@asynccontextmanager
async def replaying() -> AsyncIterator[Replay]:
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        settings = Settings(
            public_url=f"http://127.0.0.1:{listener.getsockname()[1]}",
            database=f"sqlite:///{Path(folder) / 'bench.db'}",
            trusted_proxies=("127.0.0.1",),
        )
        app = await create_app(settings, server=open_notes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            await app[SERVICE].store.add_account(Account("ada", "ada", "Ada", 0, "no password"))
            async with ClientSession(settings.public_url) as http:
                yield Replay(app[SERVICE], http)
        finally:
            await runner.cleanup()


async def main(registrations: int, connections: int) -> None:
    async with replaying() as replay:
        numbers = count()

        async def one_after_another(many: int) -> None:
            for _ in range(many):
                await replay.register(next(numbers))

        for part in range(1, PARTS + 1):
            share = registrations // PARTS // connections
            begun = process_time()
            await asyncio.gather(*(one_after_another(share) for _ in range(connections)))
            print(f"tenth {part:2}: {1e6 * (process_time() - begun) / (share * connections):,.0f} us", flush=True)
        stored = {client.id for client in await replay.service.store.list_clients()}
        print(f"answers: {dict(replay.statuses)}")
        print(f"clients stored: {len(stored)}, of which nobody allowed anything: {len(stored - replay.used)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registrations", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=8)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.registrations, arguments.connections))
