"""Fetching what strangers name: over real TLS, in narrow bounds (draft-ietf-oauth-client-id-metadata-document
section 6).
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from mcpbase.addresses import is_public
from mcpbase.resolver import resolve
from mcpserver.fetching import FetchError
from mcpserver.network import HttpFetcher, Network

from .place import Place, said, serving, trusting

LIMIT = 5 * 1024


@asynccontextmanager
async def open_fetcher(fetcher: HttpFetcher) -> AsyncIterator[HttpFetcher]:
    try:
        yield fetcher
    finally:
        await fetcher.close()


async def fetch(place: Place, path: str = "/", *, deadline: float = 5.0, max_size: int = LIMIT) -> tuple[int, bytes]:
    async with open_fetcher(place.fetcher(deadline=deadline)) as fetcher:
        fetched = await fetcher.get(place.url + path, max_size=max_size)
        return fetched.status, fetched.body


async def test_document_comes_with_status_and_headers() -> None:
    async with (
        serving(lambda request: said("{}", Cache_Control="max-age=60")) as place,
        open_fetcher(place.fetcher()) as fetcher,
    ):
        fetched = await fetcher.get(f"{place.url}/client.json?x=1", max_size=LIMIT)
        assert (fetched.status, fetched.body, fetched.headers["cache-control"]) == (200, b"{}", "max-age=60")
        (request,) = place.asked
        assert (request.path_qs, request.host) == ("/client.json?x=1", f"client.example:{place.port}")
        assert {"Cookie", "Authorization", "Referer"} & set(request.headers) == set()


async def test_redirect_is_an_answer_and_is_not_followed() -> None:
    """Section 4: redirects must not be followed automatically."""
    async with (
        serving(lambda request: said("{}")) as target,
        serving(lambda request: said("", status=302, Location=f"{target.url}/x")) as place,
    ):
        assert (await fetch(place))[0] == 302
        assert target.connected == 0


async def test_cookies_are_not_kept() -> None:
    async with serving(lambda request: said("{}", Set_Cookie="a=b")) as place, open_fetcher(place.fetcher()) as fetcher:
        for _ in range(2):
            await fetcher.get(place.url, max_size=LIMIT)
        assert all("Cookie" not in request.headers for request in place.asked)


async def test_body_ends_at_the_limit() -> None:
    """Section 6.6: 5 KB; one byte more is too many, whatever the headers say."""
    async with serving(lambda request: said("x" * LIMIT)) as place:
        assert len((await fetch(place))[1]) == LIMIT
        with pytest.raises(FetchError, match="larger than"):
            await fetch(place, max_size=LIMIT - 1)


async def test_body_without_end_is_cut_off() -> None:
    left = asyncio.Event()

    async def flood(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            while True:
                await answer.write(b"x" * 65536)
        left.set()
        return answer

    async with serving(flood) as place:
        with pytest.raises(FetchError, match="larger than"):
            await fetch(place)
        async with asyncio.timeout(5):
            await left.wait()


async def test_compressed_body_is_refused_unopened() -> None:
    """A few bytes can be a bomb; nobody asked for compression."""
    async with serving(lambda request: said("tiny", Content_Encoding="gzip")) as place:
        with pytest.raises(FetchError, match="compressed"):
            await fetch(place)
        assert place.asked[0].headers["Accept-Encoding"] == "identity"


async def test_slow_drip_ends_at_the_deadline() -> None:
    """One deadline for all of it: bytes that keep coming do not move it."""

    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            while True:
                await answer.write(b" ")
                await asyncio.sleep(0.02)
        return answer

    async with serving(drip) as place:
        with pytest.raises(FetchError, match="no answer within"):
            await fetch(place, deadline=0.3)


async def test_certificate_is_for_the_name() -> None:
    async with serving(lambda request: said("{}"), host="other.example") as place:
        place.host = "client.example"
        with pytest.raises(FetchError):
            await fetch(place)
        assert place.asked == []


async def test_certificate_of_an_unknown_authority_is_refused() -> None:
    async with serving(lambda request: said("{}")) as place:

        async def find(host: str) -> list[str]:
            return ["127.0.0.1"]

        async with open_fetcher(HttpFetcher(admits=lambda _: True, resolve=find)) as fetcher:
            with pytest.raises(FetchError):
                await fetcher.get(place.url, max_size=LIMIT)
        assert place.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
async def test_address_in_figures_is_looked_at_too(host: str) -> None:
    """No figure of speech for loopback leads there: not one connection is made."""
    async with serving(lambda request: said("{}")) as place, open_fetcher(HttpFetcher(tls=trusting())) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(f"https://{host}:{place.port}/", max_size=LIMIT)
        assert place.connected == 0


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["10.0.0.1"], ["::1"], []], ids=str
)
async def test_name_with_one_bad_address_is_refused_whole(addresses: list[str]) -> None:
    """Rebinding with mixed records: which one would be dialled is not left to chance."""
    async with serving(lambda request: said("{}")) as place:

        async def find(host: str) -> list[str]:
            return addresses

        async with open_fetcher(HttpFetcher(resolve=find, tls=trusting())) as fetcher:
            with pytest.raises(FetchError):
                await fetcher.get(place.url, max_size=LIMIT)
        assert place.connected == 0


async def test_name_that_changes_its_mind_is_resolved_once_for_a_connection() -> None:
    """Rebinding in time: the address that was looked at is the one that is dialled."""
    async with serving(lambda request: said("{}")) as place:
        answers = [["127.0.0.1"], ["10.0.0.1"]]
        resolved: list[str] = []

        async def find(host: str) -> list[str]:
            resolved.append(host)
            return answers[min(len(resolved), 2) - 1]

        async with open_fetcher(
            HttpFetcher(admits=lambda address: address == "127.0.0.1", resolve=find, tls=trusting())
        ) as fetcher:
            assert (await fetcher.get(place.url, max_size=LIMIT)).status == 200
            with pytest.raises(FetchError):
                await fetcher.get(place.url, max_size=LIMIT)
        assert (place.connected, len(resolved)) == (1, 2)


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/",
        "ftp://client.example/",
        "https:///x",
        "https://a:b@client.example/",
        "https://client.example:99999/",
        "https://[::1/",
        "x",
    ],
)
async def test_address_that_cannot_be_is_refused(url: str) -> None:
    async with open_fetcher(HttpFetcher(admits=lambda _: True)) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(url, max_size=LIMIT)


async def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    async with open_fetcher(HttpFetcher(admits=lambda _: True, plain=True)) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(f"http://127.0.0.1:{port}/", max_size=LIMIT)


async def test_what_the_operator_named_may_be_on_this_machine() -> None:
    """Not so for strangers; and http goes nowhere else."""

    async def answer(request: web.Request) -> web.Response:
        return await said("{}")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await web.SockSite(runner, listening).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        network = Network()
        assert (await network.trusted.get(url, max_size=LIMIT)).status == 200
        with pytest.raises(FetchError):
            await network.strangers.get(url, max_size=LIMIT)
        with pytest.raises(FetchError):
            await network.trusted.get("http://client.example/", max_size=LIMIT)
        await network.close()
        await runner.cleanup()


async def test_names_are_resolved_by_the_machines_own_rules() -> None:
    """RFC 6761 section 6.3."""
    addresses = await resolve("localhost")
    assert addresses
    assert not any(is_public(address) for address in addresses)
