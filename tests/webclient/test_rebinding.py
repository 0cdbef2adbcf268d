"""A name that a person typed, and that leads elsewhere later (DNS rebinding; MCP security best practices,
server-side request forgery).
"""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from attrs import define, evolve, field

from tests.ports import free_port
from webclient.addresses import MovedInside, TypedResolver
from webclient.errors import Unreachable
from webclient.fetcher import Call, Fetcher, Limits

from .browser import Browser
from .conftest import Running
from .foreign import Foreign


@define(eq=False)
class Names(AbstractResolver):
    """A name server whose owner changes the answers."""

    addresses: list[str] = field(factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=flags)
            for each in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def led(resolver: TypedResolver, *addresses: str, names: Names, host: str = "a.example") -> list[str]:
    names.addresses = list(addresses)
    return [each["host"] for each in await resolver.resolve(host)]


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0"])
async def test_name_that_was_public_leads_nowhere_inside(inside: str) -> None:
    names = Names()
    resolver = TypedResolver(names)
    assert await led(resolver, "1.1.1.1", names=names) == ["1.1.1.1"]
    for host in ("a.example", "A.example"):
        with pytest.raises(MovedInside):
            await led(resolver, inside, names=names, host=host)
    assert await led(resolver, "8.8.8.8", names=names) == ["8.8.8.8"]
    assert await led(resolver, inside, names=names, host="b.example") == [inside]


async def test_of_mixed_answers_only_the_public_ones_are_used() -> None:
    names = Names()
    resolver = TypedResolver(names)
    assert await led(resolver, "127.0.0.1", "1.1.1.1", names=names) == ["1.1.1.1"]
    with pytest.raises(MovedInside):
        await led(resolver, "127.0.0.1", names=names)


async def test_name_inside_stays_reachable_until_it_was_public(foreign: Foreign) -> None:
    assert foreign.server is not None
    fetcher = Fetcher(Limits(2), resolver=Names(["127.0.0.1"]))
    call = Call("GET", f"http://mine.example:{foreign.server.port}/x", "mine.example")
    try:
        assert (await fetcher.fetch(call)).status == 404
        fetcher.typed_names.remember("mine.example")
        # A name that has been looked up is kept for some seconds by the HTTP library, so that a new look needs another
        # port or time.
        other = evolve(call, url=f"http://mine.example:{free_port()}/x")
        with pytest.raises(Unreachable, match="leads to a private address now"):
            await fetcher.fetch(other)
    finally:
        await fetcher.close()


async def test_integration_remembers_that_its_name_was_public(
    client: Running, browser: Browser, foreign: Foreign
) -> None:
    """Over a restart as well; and typed anew it means wherever it leads now."""
    url = foreign.url.replace("127.0.0.1", "localhost")
    foreign.lies.resource, foreign.lies.open_door = url, True
    page = await browser.add(url)
    assert "Connected" in page.text
    [integration] = await client.connections.store.integrations_of(browser.owner)
    assert not integration.public_host
    await client.connections.store.change_integration(evolve(integration, public_host=True))
    await client.stop()
    await client.start()
    seen = len(foreign.seen)
    page = await browser.call(page, "whoami")
    assert "leads to a private address now" in page.text
    assert "now leads to a private network" in (await browser.get(browser.room_of(page) + "/trace")).text
    assert len(foreign.seen) == seen
    await browser.submit(page, (await browser.get(browser.room_of(page))).form("/disconnect"))
    assert "Connected" in (await browser.add(url)).text
