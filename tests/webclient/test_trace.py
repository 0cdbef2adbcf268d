"""The flow trace: everything is told while it happens, nothing secret is kept."""

import asyncio
import re

import pytest

from webclient.errors import ProtocolFailure
from webclient.sources import Sources
from webclient.trace import AUTH, CLIENT, Chapter, MemoryHops, Trace
from webclient.trace.recording.claims import decode, explain
from webclient.trace.recording.hops import Hop

from .browser import Browser, Page
from .conftest import Running
from .foreign import Foreign


def titles(page: Page) -> list[str]:
    return re.findall(r'<h3>([^<]*)</h3>\s*<span class="pill', page.html)


async def test_every_hop_is_told_in_order(browser: Browser, foreign: Foreign) -> None:
    """A connection and a call are two runs; each is told on its own."""
    connected = await browser.add(foreign.url)
    called = await browser.call(connected, "whoami")
    page = await browser.get(connected.path + "/trace?run=1")
    assert titles(page) == [
        "Connect to this server",
        "Discover the server",
        "Read the protected resource metadata",
        "Read the authorization server metadata",
        "Register this client",
        "Authorization request",
        "Authorization response",
        "Exchange the code for a token",
        "Discover the server, with the token",
        "List the tools",
    ]
    assert "RFC 9207 section 2.4" in page.text
    assert "RFC 8414 section 3.3" in page.text
    assert titles(called) == ["Call whoami", "Call the tool whoami"]
    assert titles(await browser.get(connected.path + "/trace")) == titles(called)


async def test_parameters_claims_and_pkce_are_explained(browser: Browser, foreign: Foreign) -> None:
    page = await browser.get((await browser.add(foreign.url)).path + "/trace")
    for words in (
        "the hash (SHA-256) of a new secret",
        "the secret whose hash was sent before",
        "Read the access token",
        "The audience:",
        "2027-01-15",
    ):
        assert words in page.text
    assert 'href="https://www.rfc-editor.org/rfc/rfc7636.html#section-4"' in page.html
    assert 'href="https://modelcontextprotocol.io/specification/2026-07-28/server/tools"' in page.html


async def test_sign_in_is_told_in_short_and_only_when_it_went_well(browser: Browser, foreign: Foreign) -> None:
    page = await browser.get((await browser.add(foreign.url)).path + "/trace")
    host = foreign.origin.removeprefix("http://")
    assert f"It named {host} as the authorization server" in page.text
    assert "The server accepted the token." in page.text
    foreign.lies.pkce = None
    assert "In short" not in (await browser.get((await browser.add(foreign.url)).path + "/trace")).text


async def test_exchange_is_kept_as_it_went_over_the_wire(browser: Browser, foreign: Foreign) -> None:
    page = await browser.get((await browser.add(foreign.url)).path + "/trace")
    for words in (
        "code_challenge_methods_supported",
        "Accept-Encoding",
        "application/x-www-form-urlencoded",
        "from 127.0.0.1",
    ):
        assert words in page.text
    assert 'class="bar-wait"' in page.html


async def test_way_of_a_token_can_be_followed(browser: Browser, foreign: Foreign) -> None:
    path = (await browser.add(foreign.url)).path + "/trace"
    page = await browser.get(path)
    way = next(line for line in page.html.split("<li") if "access token" in line and "issued in step 8" in line)
    assert "used in step 9" in way
    assert "used in step 10" in way
    link = re.search(r'href="([^"]*follow=[^"]*)"', way)
    assert link
    followed = await browser.get(link[1].replace("&amp;", "&"))
    assert followed.html.count("hop-faded") == 7


async def test_same_token_has_the_same_name_in_another_run_and_after_a_restart(
    browser: Browser, foreign: Foreign, client: Running
) -> None:
    page = await browser.add(foreign.url)
    name = re.search(r"Bearer access token \w+", (await browser.get(browser.room_of(page) + "/trace")).text)
    assert name
    await client.stop()
    await client.start()
    assert name[0] in " ".join((await browser.call(page, "whoami")).text.split())


async def test_filters(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    await browser.call(page, "fail")
    path = browser.room_of(page) + "/trace"
    assert titles(await browser.get(path + "?failures=yes")) == ["Call the tool fail"]
    assert titles(await browser.get(path + "?run=1&chapter=consent")) == [
        "Authorization request",
        "Authorization response",
    ]
    assert "No step of this flow matches" in (await browser.get(path + "?run=1&failures=yes")).text
    assert (await browser.get(path + "?run=1&open=all")).html.count(" open>\n") == 10
    for address in ("?run=x", "?run=99999999999", "/flow?run=-1"):
        assert (await browser.get(path + address)).status == 404
    assert "This flow is no longer stored." in (await browser.get(path + "?run=77")).text


async def test_older_flows_stay_within_reach(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    for _ in range(9):
        await browser.call(page, "whoami")
    shown = await browser.get(page.path + "/trace")
    assert "2 older" in shown.text
    assert shown.html.count('class="run"') == 10 + 1
    assert 'id="older" open' in (await browser.get(page.path + "/trace?run=1")).html


async def test_trace_belongs_to_its_browser(browser: Browser, stranger: Browser, foreign: Foreign) -> None:
    """X8."""
    path = (await browser.add(foreign.url)).path
    for address in ("/trace", "/trace/flow", "/trace.har", "/trace.json", "/trace.html", "/events"):
        assert (await stranger.get(path + address)).status == 404


async def test_hop_is_there_while_the_answer_is_awaited(browser: Browser, foreign: Foreign, client: Running) -> None:
    page = await browser.add(foreign.url)
    integration = (await client.connections.store.integrations_of(browser.owner))[0]
    foreign.lies.slow = 0.5
    with client.connections.feed.listen(integration.id) as listener:
        calling = asyncio.create_task(browser.call(page, "whoami"))
        parts = listener.parts()
        while "Call the tool whoami …" not in (now := await browser.get(browser.room_of(page) + "/trace")).text:
            assert await anext(parts)
        assert 'class="hop hop-pending"' in now.html
        assert "no answer" not in now.text
        await calling
    done = await browser.get(browser.room_of(page) + "/trace")
    assert "hop-pending" not in done.html
    assert titles(done) == titles(now)


async def test_events_name_the_trace(browser: Browser, foreign: Foreign, client: Running) -> None:
    page = await browser.add(foreign.url)
    async with browser.session.get(page.path + "/events") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        calling = asyncio.create_task(browser.call(page, "whoami"))
        told = [await stream.content.readline() for _ in range(8)]
        assert b"data: trace\n" in told
        await calling


async def test_reader_is_let_go_when_the_program_ends(browser: Browser, foreign: Foreign, client: Running) -> None:
    """Without it, every open page would hold up the end for a minute."""
    page = await browser.add(foreign.url)
    async with browser.session.get(page.path + "/events") as stream, asyncio.timeout(5):
        await client.stop()
        assert await stream.content.read() == b""
    await client.start()


async def test_what_was_cut_off_is_not_under_way_for_ever(browser: Browser, foreign: Foreign, client: Running) -> None:
    page = await browser.add(foreign.url)
    store = client.connections.store.hops
    integration = (await client.connections.store.integrations_of(browser.owner))[0]
    await store.add_hop(
        integration.id,
        Hop(
            at=1.0,
            source=CLIENT,
            target=AUTH,
            chapter=Chapter.OTHER,
            title="Left alone",
            outcome="pending",
        ),
        0,
    )
    await client.stop()
    await client.start()
    assert "The flow was stopped before it was finished." in (await browser.get(browser.room_of(page) + "/trace")).text


async def test_two_operations_at_once_do_not_mix(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    await asyncio.gather(*(browser.call(page, tool) for tool in ("whoami", "fail", "picture")))
    for run in (2, 3, 4):
        first, second = titles(await browser.get(f"{browser.room_of(page)}/trace?run={run}"))
        assert first.removeprefix("Call ") == second.removeprefix("Call the tool ")


async def test_grant_and_retry_is_one_flow(browser: Browser, foreign: Foreign) -> None:
    page = await browser.call(await browser.add(foreign.url), "add_note", text="x")
    assert "A permission is missing" in page.text
    foreign.lies.withhold = frozenset()
    page = await browser.submit(page, page.form("/grant"))
    told = titles(await browser.get(browser.room_of(page) + "/trace"))
    assert told[0] == "Call add_note"
    assert told.count("Call the tool add_note") == 2


async def test_error_and_cancellation_and_bugs_end_a_hop() -> None:
    store = MemoryHops(b"k")
    trace = Trace(store, "x", Sources())

    async def fail(error: BaseException) -> Hop:
        with pytest.raises(type(error)):
            async with trace.hop(CLIENT, AUTH, Chapter.OTHER, "t"):
                raise error
        return store.hops[-1]

    assert (await fail(ProtocolFailure("It said Bearer 0123456789abcdefghij."))).meaning.startswith(
        "It said Bearer [access token "
    )
    assert (await fail(asyncio.CancelledError())).outcome == "stopped"
    broken = await fail(ZeroDivisionError("secret detail"))
    assert broken.outcome == "failed"
    assert "secret detail" not in broken.meaning


async def test_error_goes_on_without_the_secret_it_repeats() -> None:
    trace = Trace(MemoryHops(b"k"), "x", Sources())

    async def ask() -> None:
        async with trace.hop(CLIENT, AUTH, Chapter.OTHER, "t") as notes:
            notes.sends({"code": "0123456789abcdef"})
            raise ProtocolFailure("I do not know 0123456789abcdef.")

    with pytest.raises(ProtocolFailure) as caught:
        await ask()
    assert "0123456789abcdef" not in str(caught.value)
    assert "I do not know [code " in str(caught.value)


def test_what_is_no_jwt_is_not_decoded() -> None:
    """RFC 7515 section 7.1."""
    for token in ("a.b", "a.b.c", "WzFd.e30.x", "e30.WzFd.x", "!.e30.x", "e30." + "e" * 20000 + ".x"):
        assert decode(token) is None


def test_claims_are_explained() -> None:
    rows = explain({"exp": 0, "aud": ["a"], "custom": True, "iat": "soon"})
    assert [row.value for row in rows] == ["1970-01-01 00:00:00 UTC", '["a"]', "true", "soon"]
    assert rows[2].meaning == ""
