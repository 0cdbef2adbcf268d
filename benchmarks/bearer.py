"""What a bearer token costs: the first time it is seen, and every time after.

    python -m benchmarks.bearer [--seconds 1]

A new token costs one signature check and two reads by key; a known one a digest and a lookup. Prints calls per second
of ``ResourceServer.authenticate`` on one core for each, over a store in memory, and their ratio.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

from mcpbase.seal import Seal
from mcpserver.accounts.models import Account
from mcpserver.notes.scopes import SCOPES
from mcpserver.oauth.keys.key_ring import KeyRing, KeyRules
from mcpserver.oauth.protocol.models import AuthorizationCode, Client, ClientKind, Grant
from mcpserver.oauth.protocol.scopes import ScopeCatalog
from mcpserver.oauth.resource.local_verifier import OwnTokens
from mcpserver.oauth.resource.server import ResourceServer
from mcpserver.oauth.tokens.access_token import AccessTokens
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

RESOURCE = "https://server.example/mcp"
CATALOG = ScopeCatalog.of(SCOPES)


async def issue(store: Store, sources: Sources) -> tuple[AccessTokens, str]:
    """A store with one person, one client, one grant, and the token that came of it."""
    now = sources.now()
    await store.add_account(Account("ada", "ada", "Ada", now, "no password"))
    await store.add_client(Client("client", "Client", ("https://c.example/cb",), ClientKind.SELF_REGISTERED, now))
    grant = Grant("grant", "ada", "client", CATALOG.default, RESOURCE, now, now + 86400)
    await store.add_grant(grant, AuthorizationCode(b"code", "grant", "https://c.example/cb", "challenge", now + 60))
    ring = await KeyRing.load(store, Seal(bytes(32)), sources, KeyRules(overlap=3600))
    tokens = AccessTokens(ring, issuer="https://server.example", resource=RESOURCE, lifetime=3600, sources=sources)
    return tokens, tokens.issue(grant)


async def rate(call: Callable[[], Awaitable[object]], seconds: float) -> float:
    """Calls per second."""
    calls, start = 0, perf_counter()
    while (elapsed := perf_counter() - start) < seconds:
        await call()
        calls += 1
    return calls / elapsed


async def main(seconds: float) -> None:
    sources, store = Sources(), await open_store("sqlite://")
    tokens, token = await issue(store, sources)
    server = ResourceServer(
        OwnTokens(tokens, store, sources.monotonic), scopes=CATALOG, resource_metadata_url=RESOURCE, sources=sources
    )

    async def known() -> None:
        await server.authenticate([f"Bearer {token}"], ())

    async def new() -> None:
        server.forget("grant")
        await known()

    first, after = await rate(new, seconds), await rate(known, seconds)
    print(
        f"new token   {first:>10,.0f} a second\nknown token {after:>10,.0f} a second, {after / first:,.0f} times as "
        "many"
    )
    await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to measure each")
    asyncio.run(main(parser.parse_args().seconds))
