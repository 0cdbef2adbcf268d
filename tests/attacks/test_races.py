"""Chapters C and F of the attack catalogue, where everything hangs on who comes first: the order is the test's, not
chance's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from socket import AF_INET
from typing import cast

import pytest
from aiohttp.test_utils import TestServer, get_port_socket

from mcpserver.settings import Settings
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

from ..asker import Answer, Asker
from ..sample import create_app
from .meeting import Meeting

strict = pytest.mark.parametrize(
    "settings", [Settings(port=0, database="sqlite://", refresh_reuse_window=0)], ids=["strict"]
)
DEAD = (400, "invalid_grant")
CALLERS = 30


@pytest.fixture
async def meeting() -> AsyncIterator[Meeting]:
    store = await open_store("sqlite://")
    yield Meeting(store)
    await store.close()


@pytest.fixture
async def server(settings: Settings, sources: Sources, meeting: Meeting) -> AsyncIterator[TestServer]:
    """The service over a store at which callers meet."""
    listener = get_port_socket("127.0.0.1", settings.port, AF_INET)
    app = await create_app(
        settings.listening_on(listener.getsockname()[1]), sources=sources, store=cast(Store, meeting)
    )
    server = TestServer(app, port=listener.getsockname()[1], socket_factory=lambda host, port, family: listener)
    async with server:
        yield server


async def overtaken(
    meeting: Meeting, verb: str, asking: Awaitable[Answer], meanwhile: Callable[[], Awaitable[object]]
) -> Answer:
    """The answer to somebody who has read when ``meanwhile`` happens, and writes after it."""
    held = meeting.hold(verb)
    async with asyncio.timeout(10):
        asked = asyncio.ensure_future(asking)
        await held.has_read.wait()
        await meanwhile()
        held.release.set()
        return await asked


async def test_c5_of_many_who_found_a_code_good_one_redeems_it(asker: Asker, meeting: Meeting) -> None:
    """ASVS 2.3.4: all have read that it is not spent before any spends it; the others are replays, so that what the
    one got ends.
    """
    code = await asker.code()
    async with meeting.gathering("find_code", CALLERS):
        answers = await asyncio.gather(*(asker.redeem(code) for _ in range(CALLERS)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * (CALLERS - 1)
    winner = next(answer.json for answer in answers if answer.status == 200)
    assert not await asker.is_live(winner["access_token"])
    assert (await asker.refresh(winner["refresh_token"])).refusal == DEAD


@strict
async def test_f2_of_many_who_found_a_token_current_one_rotates_it(asker: Asker, meeting: Meeting) -> None:
    """OAuth 2.1 section 4.3.1."""
    first = (await asker.tokens())["refresh_token"]
    async with meeting.gathering("find_refresh_token", CALLERS):
        answers = await asyncio.gather(*(asker.refresh(first) for _ in range(CALLERS)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * (CALLERS - 1)
    winner = next(answer.json for answer in answers if answer.status == 200)
    assert (await asker.refresh(winner["refresh_token"])).refusal == DEAD


async def test_f3_of_many_who_found_a_token_current_only_so_many_get_one(asker: Asker, meeting: Meeting) -> None:
    """A stolen token is no well, however many draw at once."""
    first = (await asker.tokens())["refresh_token"]
    async with meeting.gathering("find_refresh_token", CALLERS):
        answers = await asyncio.gather(*(asker.refresh(first) for _ in range(CALLERS)))
    assert sorted(answer.status for answer in answers) == [200] * 10 + [400] * (CALLERS - 10)


async def test_f9_refresh_that_read_before_the_revocation_gets_nothing(asker: Asker, meeting: Meeting) -> None:
    """RFC 7009 section 2.1."""
    token = (await asker.tokens())["refresh_token"]
    answer = await overtaken(
        meeting, "find_refresh_token", asker.refresh(token), lambda: asker.token(path="/revoke", token=token)
    )
    assert answer.refusal == DEAD


async def test_f9_revocation_that_read_before_the_refresh_ends_what_came_of_it(asker: Asker, meeting: Meeting) -> None:
    """RFC 7009 section 2.1."""
    token, refreshed = (await asker.tokens())["refresh_token"], []

    async def refresh() -> None:
        refreshed.append(await asker.refresh(token))

    answer = await overtaken(meeting, "find_refresh_token", asker.token(path="/revoke", token=token), refresh)
    assert [answer.status, refreshed[0].status] == [200, 200]
    assert not await asker.is_live(refreshed[0].json["access_token"])
    assert (await asker.refresh(refreshed[0].json["refresh_token"])).refusal == DEAD


async def test_f4_second_use_within_the_window_that_read_before_the_revocation_gets_nothing(
    asker: Asker, meeting: Meeting
) -> None:
    """RFC 7009 section 2.1: a sibling of a dead grant is none."""
    token = (await asker.tokens())["refresh_token"]
    assert (await asker.refresh(token)).status == 200
    answer = await overtaken(
        meeting, "find_refresh_token", asker.refresh(token), lambda: asker.token(path="/revoke", token=token)
    )
    assert answer.refusal == DEAD


@pytest.mark.parametrize("gone", ["person", "client", "consent"])
async def test_c6_what_goes_between_reading_and_spending_a_code_ends_it(
    asker: Asker, meeting: Meeting, gone: str
) -> None:
    """OAuth 2.1 section 4.1.3: the statement that spends it looks again."""
    code, store, now = await asker.code(), meeting.store, asker.service.sources.now()
    (account,), (connection,) = (
        await store.list_accounts(),
        await store.list_connections((await store.list_accounts())[0].id, now=now, tokens_since=0),
    )
    endings: dict[str, Callable[[], Awaitable[object]]] = {
        "person": lambda: store.disable_account(account.id, now=now),
        "client": lambda: store.remove_client(asker.client_id, now=now),
        "consent": lambda: store.revoke_grant(connection.grant.id, now=now),
    }
    answer = await overtaken(meeting, "find_code", asker.redeem(code), endings[gone])
    assert answer.refusal == DEAD
