"""What one service or command ends is over in the other services within a second."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from aiohttp import ClientError

from ..processes import command
from .conftest import DEADLINE, Browser, Pair

WITHIN = 1.0
"""Seconds, from the moment that the command has ended or the answer of the other process has come."""
OTHER_PASSWORD = "a horse of another colour"

COMMANDS: dict[str, Callable[[Pair], tuple[str, ...]]] = {
    "disabling the person": lambda pair: ("user", "disable", "ada"),
    "removing the person": lambda pair: ("user", "remove", "ada", "--yes"),
    "removing the client": lambda pair: ("client", "remove", pair.client["client_id"]),
    "a new password that disconnects": lambda pair: ("user", "set-password", "ada", "--password-stdin", "--disconnect"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
async def test_command_ends_known_tokens_in_every_process_within_a_second(
    pair: Pair, words: Callable[[Pair], tuple[str, ...]]
) -> None:
    """RFC 7009 section 2.1: what hangs on a grant ends with it, although the tokens carry their own signature (RFC
    9068).
    """
    token = await pair.known_token()
    await asyncio.to_thread(command, *words(pair), database=pair.database, typed=f"{OTHER_PASSWORD}\n")
    assert await pair.seconds_alive(token) <= WITHIN


async def test_client_that_revokes_ends_its_token_there_at_once_and_elsewhere_within_a_second(pair: Pair) -> None:
    """RFC 7009 section 2.1."""
    token = await pair.known_token()
    await pair.revoke(token)
    assert (await pair.statuses(token))[0] == 401
    assert await pair.seconds_alive(token) <= WITHIN


async def connected_in(pair: Pair, browser: Browser) -> tuple[str, str]:
    """An access token that both services know, and a refresh token, of what was allowed in that browser."""
    status, answer = await pair.redeem(await browser.allow(pair.client["client_id"]))
    assert status == 200
    assert await pair.statuses(answer["access_token"]) == [200, 200]
    return answer["access_token"], answer["refresh_token"]


async def test_session_that_ends_with_what_was_allowed_in_it_is_over_there_at_once_and_elsewhere_within_a_second(
    pair: Pair,
) -> None:
    """The stolen laptop, on the account page: RFC 7009 section 2.1, although the tokens carry their own signature
    (RFC 9068).
    """
    browser = await pair.sign_in()
    access_token, refresh_token = await connected_in(pair, browser)
    await browser.end_session(disconnect="yes")
    assert (await pair.statuses(access_token))[0] == 401
    assert await pair.seconds_alive(access_token) <= WITHIN
    assert [(await pair.refresh(refresh_token, at=at))[0] for at in (0, 1)] == [400, 400]


async def test_operator_ends_a_session_with_what_was_allowed_in_it_everywhere_within_a_second(pair: Pair) -> None:
    access_token, _ = await connected_in(pair, await pair.sign_in())
    other, _ = await connected_in(pair, await pair.sign_in())
    sessions = {
        each["session"]: each
        for each in json.loads(command("user", "sessions", "ada", "--json", database=pair.database))
    }
    assert [each["connected"] for each in sessions.values()] == [["Operator's client"]] * 2
    grant = await pair.own.store.find_grant((await pair.own.access_tokens.read(access_token)).grant_id)
    assert grant is not None
    assert grant.session_id is not None
    assert grant.session_id in sessions
    await asyncio.to_thread(
        command, "user", "end-session", "ada", grant.session_id, "--disconnect", database=pair.database
    )
    assert await pair.seconds_alive(access_token) <= WITHIN
    assert await pair.statuses(other) == [200, 200]


async def test_session_that_ends_alone_leaves_clients_connected(pair: Pair) -> None:
    """Our policy: signing out is about the browser."""
    browser = await pair.sign_in()
    access_token, refresh_token = await connected_in(pair, browser)
    before = await pair.own.store.revocations_since(0)
    await browser.end_session()
    assert await pair.own.store.revocations_since(0) == before
    assert await pair.statuses(access_token) == [200, 200]
    assert (await pair.refresh(refresh_token, at=1))[0] == 200


async def test_stream_that_only_listens_is_cut_as_well(pair: Pair) -> None:
    """Its token was looked at when it began; it would tell the thief of every change for days (RFC 7009 section
    2.1).
    """
    token = await pair.known_token()
    async with pair.listening(token, at=0) as here, pair.listening(token, at=1) as there:
        await pair.revoke(token)
        began = time.monotonic()
        for stream in (here, there):
            with pytest.raises(ClientError):
                async with asyncio.timeout(DEADLINE):
                    await stream.content.read()
        assert time.monotonic() - began <= WITHIN


async def test_new_password_alone_leaves_clients_connected(pair: Pair) -> None:
    """Our policy: who forgot a password need not connect every assistant anew."""
    token = await pair.known_token()
    before = await pair.own.store.revocations_since(0)
    await asyncio.to_thread(
        command, "user", "set-password", "ada", "--password-stdin", database=pair.database, typed=f"{OTHER_PASSWORD}\n"
    )
    assert await pair.own.store.revocations_since(0) == before
    assert await pair.statuses(token) == [200, 200]


async def test_token_of_a_new_key_passes_in_processes_that_had_not_heard_of_it(pair: Pair) -> None:
    """RFC 7517 section 4.5: a key id that is not known is looked for, every five seconds at most."""
    before = pair.own.keys.active.kid
    await asyncio.to_thread(command, "key", "rotate", "--now", database=pair.database)
    await pair.own.keys.refresh()
    assert pair.own.keys.active.kid != before
    await pair.wait_until_known(await pair.token())
    assert [await pair.published(url) for url in pair.urls] == [[pair.own.keys.active.kid, before]] * 2
